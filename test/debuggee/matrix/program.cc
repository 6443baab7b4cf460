// Names of C++.
// watched: grow*,operator*,node,~node
#include "../debuggee.h"

namespace app
{

template <typename T, int N> struct table {
	NOINLINE void grow(T by) // grows 3 1 app::table<int, 2>::grow
	{
		map_pages(N + by);
	}

	NOINLINE table &operator<<(T by) // grows 4 1 app::table<int, 2>::operator<<
	{
		map_pages(N + by);
		return *this;
	}

	NOINLINE operator bool() // grows 1 1 app::table<int, 2>::operator bool
	{
		return map_pages(1);
	}
};

template <typename T> NOINLINE T grow_template(T by) // grows 5 1 app::grow_template<long>
{
	map_pages(by);
	return by;
}

inline namespace v2
{
NOINLINE void grow_inline() // grows 6 1 app::v2::grow_inline
{
	map_pages(6);
}
} // namespace v2

NOINLINE __attribute__((abi_tag("new"))) int *grow_tagged() // grows 7 1 app::grow_tagged[abi:new]
{
	map_pages(7);
	return nullptr;
}

struct node {
	NOINLINE node();
	NOINLINE ~node();
};

node::node() // grows 8 1 app::node::node
{
	map_pages(8);
}

node::~node() // grows 9 1 app::node::~node
{
	map_pages(9);
}

} // namespace app

namespace
{

NOINLINE void grow_hidden() // grows 10 1 (anonymous namespace)::grow_hidden
{
	map_pages(10);
}

} // namespace

static void outer()
{
	auto lambda = [](int pages) NOINLINE { // grows 11 1 outer()::{lambda(int)#1}::operator() | clang: outer()::$_0::operator()
		map_pages(static_cast<size_t>(pages));
	};

	lambda(11);
}

int main()
{
	app::table<int, 2> table;

	prepare();
	table.grow(1);
	table << 2;
	CHECK(table);
	app::grow_template(5l);
	app::grow_inline();
	app::grow_tagged();
	{
		app::node node;
	}
	grow_hidden();
	outer();
	return 0;
}
