#!/usr/bin/env bash
# Ranks of an MPI job: a recording each, merged by post.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# One machine, no fabric, nothing to log in to, and as root where the tests are.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_plm_rsh_agent=false
export OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none

# The sum of an arithmetic row: 10 + 20 + 30 + 40 pages.
test_four_ranks() {
	mpicc -g -O0 -I "$tests/debuggee" -o ranks "$tests/debuggee/ranks.c"
	limited mpirun -n 4 "$PTMEM" -o /dev/null --raw 'trace.%r.raw' --funcs rank_grow ./ranks
	ended 0
	ptmem post -o report --precision 17 trace.*.raw
	ended 0
	grew rank_grow 100 4
	ptmem post -o report --precision 17 trace.2.raw
	grew rank_grow 30 1
	ptmem post --per-file trace.*.raw
	[ "$(grep -c ':rank_grow$' out)" -eq 4 ] || fail "$(cat out)"
}

run_tests "$@"
