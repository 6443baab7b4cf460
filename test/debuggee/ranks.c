/* ranks: each rank of an MPI job maps ten pages more than the one before. */
#include "debuggee.h"

#include <mpi.h>

NOINLINE void rank_grow(int rank);
NOINLINE void rank_grow(int rank)
{
	map_pages(10 * (rank + 1));
}

int main(int argc, char **argv)
{
	int rank;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	rank_grow(rank);
	MPI_Finalize();
	return 0;
}
