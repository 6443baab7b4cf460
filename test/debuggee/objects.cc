// Objects with known growth: each page is touched by the method that its row is for.
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/mman.h>

// What is called by its own name, and needs its object, whatever the compiler thinks of that.
#define METHOD __attribute__((noinline))
#define HERE asm volatile("" : : "r"(this) : "memory")

// So many fresh pages, each touched.
#define TOUCH(pages)                                                                            \
	memset(mmap(nullptr, (pages)*4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, \
		       -1, 0),                                                                  \
		1, (pages)*4096)
#define GROW(pages)           \
	do {                  \
		TOUCH(pages); \
		HERE;         \
	} while (0)

enum Kind { SMALL, LARGE };

struct Label {
	const char *text;
};

// The first member of others: it has their address.
struct Header {
	int tag = 0;
	METHOD void stamp()
	{
		GROW(16);
		tag = 1;
	}
};

class Grid
{
      public:
	METHOD explicit Grid(const char *name) : name_(name)
	{
	}
	METHOD ~Grid()
	{
	}
	METHOD void fill(int pages)
	{
		GROW(pages);
		help(pages);
	}
	static METHOD void help(int pages)
	{
		TOUCH(pages / 2);
	}
	Header header;
	std::string name_;
	Label label_ = {"label"};
	const Label *owner = &label_;
	Kind kind = LARGE;
	char tag[8] = {'t', 'a', 'g', 0};
	int number = -7;
};

// A base that has a vtable, and one further in.
struct Shape {
	METHOD Shape()
	{
		GROW(32);
	}
	METHOD virtual ~Shape()
	{
		GROW(8);
	}
	METHOD virtual void draw()
	{
		GROW(64);
	}
	METHOD void plain()
	{
		GROW(24);
	}
	int x = 0;
};

struct Named {
	METHOD virtual ~Named()
	{
	}
	METHOD virtual void rename()
	{
		GROW(48);
	}
	METHOD void note()
	{
		GROW(40);
	}
	long y = 0;
};

struct Circle : Shape, Named {
	METHOD Circle()
	{
		GROW(16);
	}
	METHOD ~Circle() override
	{
		GROW(4);
	}
	METHOD void draw() override
	{
		GROW(128);
		note();
	}
	METHOD void rename() override
	{
		GROW(56);
	}
};

// A base that all parts share.
struct Part : virtual Shape {
	METHOD Part()
	{
		GROW(12);
	}
	METHOD void work()
	{
		GROW(20);
	}
};

struct Whole : Part, Named {
	METHOD Whole()
	{
		GROW(28);
	}
	METHOD void finish()
	{
		GROW(36);
		work();
		plain();
	}
};

struct Big {
	long words[8];
};

// Where its result goes is what it is handed first.
struct Maker {
	METHOD Big make(int pages)
	{
		GROW(pages);
		return Big();
	}
	int n = 0;
};

static METHOD void draw(Shape *shape)
{
	shape->draw();
}

static METHOD void on_stack()
{
	static volatile long sum;
	Maker maker;
	sum += maker.make(10).words[0];
}

int main()
{
	Grid west("west"), east("a name that is too long for a small string");
	west.fill(100);
	east.fill(200);
	west.header.stamp();
	Grid *row = new Grid[2]{Grid("r0"), Grid("r1")};
	row[1].fill(300);
	row[0].fill(320);
	delete[] row;

	Circle *circle = new Circle;
	draw(circle);
	circle->plain();
	static_cast<Named *>(circle)->rename();
	void *place = circle;
	delete circle;
	Shape *again = new (place) Shape;
	draw(again);
	again->~Shape();

	Whole whole;
	whole.finish();
	on_stack();
	on_stack();
	return 0;
}
