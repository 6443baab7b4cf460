/*
 * Code of which debug info has much to say: inlined functions, methods declared elsewhere, types,
 * functions in several pieces. Built in every form that debug info comes in; test_symbol_forms.c
 * knows the lines, so that what is above and within the functions stays where it is.
 */
#include <cstdlib>
#include <new>

#define INLINED __attribute__((always_inline)) inline
#define OWN __attribute__((noinline))

static volatile int sink;

namespace app
{

namespace
{
INLINED void inner(int value)
{
	sink = value; /* line 21 */
}
}

INLINED void middle(int value)
{
	inner(value + 1); /* line 27 */
	sink = 7;
}

class Table
{
    public:
	explicit Table(int size) : size(size) {}
	int grow(int by); /* line 35 */
	int length() const { return size; }

    private:
	int size;
};

OWN int Table::grow(int by)
{
	middle(by); /* line 44 */
	if (by < 0) {
		size = -1;
		abort();
	}
	return size += by;
}

template <typename Value> OWN Value twice(Value value)
{
	auto add = [&](Value more) __attribute__((noinline)) { return sink + value + more; };
	return add(value);
}

}

extern "C" OWN int plain(int value)
{
	for (int i = 0; i < value; i++) {
		int doubled = i * 2;
		if (doubled > 3)
			app::middle(doubled); /* line 65 */
	}
	return value;
}

int main(int count, char **)
{
	app::Table table(count);
	return table.grow(count) + app::twice(count) + (int)app::twice(1.5) + plain(count) +
			       table.length() >
		       100000
		       ? 1
		       : 0;
}
