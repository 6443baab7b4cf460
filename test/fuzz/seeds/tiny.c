/* A little of what C compilers describe: inlined functions, scopes, types, a cold part. */
typedef struct pair {
	int number;
	struct pair *next;
	union {
		char text[8];
		long bits;
	} value;
} pair;

enum kind { ONE, TWO = 200 };

static volatile int last;

static inline __attribute__((always_inline)) int twice(int number)
{
	return number * 2;
}

static inline __attribute__((always_inline)) int inner(const pair *from)
{
	int sum = 0;
	for (int i = 0; i < from->number; i++) {
		int square = i * i;
		last = square;
		sum += twice(square);
	}
	return sum;
}

__attribute__((noinline, cold)) static void rarely(enum kind kind)
{
	last = kind == TWO;
}

__attribute__((noinline)) int grow(pair *from)
{
	if (__builtin_expect(from->number > 100, 0))
		rarely(TWO);
	return inner(from) + (int)from->value.bits;
}

int same_as_grow(pair *from) __attribute__((alias("grow")));

void _start(void)
{
	pair list = {1, 0, {"word"}};

	for (;;)
		last = grow(&list) + inner(&list);
}
