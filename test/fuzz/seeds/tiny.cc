// A little of what C++ compilers describe: scopes, templates, lambdas, operators, tags.
static volatile int last;

namespace app
{
inline namespace v2
{
template <typename T, int N> struct table {
	T items[N];
	struct inside {
		__attribute__((noinline)) int grow(T by) const
		{
			last = (int)by;
			return last;
		}
	} part;
	__attribute__((noinline)) T operator()(int i)
	{
		return items[i] + (T)part.grow((T)i);
	}
	static inline T least(const table &of)
	{
		T found = of.items[0];
		for (T item : of.items)
			found = item < found ? item : found;
		return found;
	}
};
} // namespace v2

namespace
{
__attribute__((noinline, abi_tag("new"))) int hidden(table<long, 4> &of)
{
	auto add = [&](long by) __attribute__((noinline)) {
		last = (int)by;
		return of(1) + by;
	};
	return (int)add(table<long, 4>::least(of));
}
} // namespace

class shape
{
	int size;

      public:
	explicit shape(int of);
	int area() const &;
};

shape::shape(int of) : size(of)
{
}

int shape::area() const &
{
	return size * size;
}
} // namespace app

extern "C" void _start()
{
	app::table<long, 4> numbers = {{1, 2, 3, 4}, {}};

	for (;;)
		last = app::hidden(numbers) + app::shape(2).area();
}
