/* names: functions whose names need care. Each adds a page more than the one before. */
#include "debuggee.h"

namespace app
{

template <typename T> struct table {
	NOINLINE void grow(T by)
	{
		map_pages(1 + by);
	}

	NOINLINE table &operator<<(T by)
	{
		map_pages(2 + by);
		return *this;
	}
};

NOINLINE void grow(int)
{
	map_pages(3);
}

NOINLINE void grow(const char *)
{
	map_pages(4);
}

} // namespace app

namespace
{

NOINLINE void hidden()
{
	map_pages(5);
}

} // namespace

int main()
{
	app::table<int> table;
	auto lambda = [](int pages) NOINLINE { map_pages(static_cast<size_t>(pages)); };

	prepare();
	table.grow(0);
	table << 0;
	app::grow(1);
	app::grow("");
	hidden();
	lambda(6);
	return 0;
}
