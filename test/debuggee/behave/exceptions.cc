/* What C++ does with the stack. */
#include "behave.h"

#include <exception>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>

namespace
{

int destroyed;

struct guard {
	~guard()
	{
		destroyed++;
		behave_work(1, 1);
	}
};

NOINLINE int throw_deep(int levels)
{
	guard here;

	if (!levels)
		throw std::runtime_error("from the deep");
	return throw_deep(levels - 1) + 1;
}

void across_frames()
{
	for (int i = 0; i < 40; i++)
		try {
			throw_deep(i);
		} catch (const std::exception &error) {
			if (i == 39)
				printf("caught: %s\n", error.what());
		}
	printf("destroyed %d\n", destroyed);
}

NOINLINE void rethrow(int levels)
{
	try {
		if (levels)
			rethrow(levels - 1);
		else
			throw levels;
	} catch (int value) {
		behave_work(value, 2);
		throw value + 1;
	}
}

void nested()
{
	try {
		rethrow(20);
	} catch (int value) {
		printf("value %d\n", value);
	}
	try {
		try {
			throw_deep(3);
		} catch (...) {
			std::throw_with_nested(std::logic_error("around it"));
		}
	} catch (const std::exception &error) {
		printf("%s\n", error.what());
		try {
			std::rethrow_if_nested(error);
		} catch (const std::exception &inner) {
			printf("%s\n", inner.what());
		}
	}
}

int comparisons;

int compare(const void *a, const void *b)
{
	if (++comparisons % 10 == 0)
		throw comparisons;
	return *(const int *)a - *(const int *)b;
}

/* Through a function of the C library. */
void through_qsort()
{
	int values[64], caught = 0;

	for (int i = 0; i < 20; i++)
		try {
			for (int j = 0; j < 64; j++)
				values[j] = j * 37 % 64;
			qsort(values, 64, sizeof *values, compare);
		} catch (int) {
			caught++;
		}
	printf("caught %d\n", caught);
}

void *cancelled_thread(void *arg)
{
	guard outer;

	try {
		guard inner;

		for (;;)
			behave_pause(1000);
	} catch (...) {
		printf("unwinding\n");
		throw;
	}
	return arg;
}

void cancelled()
{
	pthread_t thread;
	void *result;

	CHECK(!pthread_create(&thread, nullptr, cancelled_thread, nullptr));
	behave_pause(10);
	CHECK(!pthread_cancel(thread) && !pthread_join(thread, &result));
	printf("cancelled %d, destroyed %d\n", result == PTHREAD_CANCELED, destroyed);
}

void across_threads()
{
	std::exception_ptr carried;
	std::thread thread([&] {
		try {
			throw_deep(7);
		} catch (...) {
			carried = std::current_exception();
		}
	});

	thread.join();
	try {
		std::rethrow_exception(carried);
	} catch (const std::exception &error) {
		printf("carried: %s\n", error.what());
	}
}

void terminated()
{
	std::set_terminate([] {
		behave_work(1, 3);
		printf("terminating\n");
		abort();
	});
	throw_deep(5);
}

struct thrower {
	~thrower() noexcept(false)
	{
		throw 5;
	}
};

void from_destructor()
{
	try {
		thrower one;
		behave_work(1, 1);
	} catch (int value) {
		printf("value %d\n", value);
	}
}

void on_fault(int signal, siginfo_t *, void *)
{
	behave_block(SIG_UNBLOCK, signal);
	throw std::runtime_error("a fault");
}

NOINLINE void fault()
{
	guard here;

	*(volatile char *)8 = 1;
}

/* Out of a signal's handler; needs -fnon-call-exceptions. */
void from_handler()
{
	behave_handle(SIGSEGV, on_fault, 0);
	for (int i = 0; i < 5; i++)
		try {
			fault();
		} catch (const std::exception &error) {
			printf("caught %s\n", error.what());
		}
	printf("destroyed %d\n", destroyed);
}

struct shape {
	virtual ~shape() = default;
	virtual std::string name() const
	{
		return "shape";
	}
};

struct circle : shape {
	std::string name() const override
	{
		return "circle";
	}
};

thread_local guard of_thread;

void thread_locals()
{
	std::thread thread([] { (void)&of_thread; });

	thread.join();
	circle round;
	const shape &any = round;
	printf("%s, %d, destroyed %d\n", any.name().c_str(),
		dynamic_cast<const circle *>(&any) != nullptr, destroyed);
}

} // namespace

const struct behaviour behave_cxx[] = {
	{"exception_frames", across_frames},
	{"exception_nested", nested},
	{"exception_qsort", through_qsort},
	{"exception_cancel", cancelled},
	{"exception_threads", across_threads},
	{"exception_terminate", terminated},
	{"exception_destructor", from_destructor},
	{"exception_handler", from_handler},
	{"exception_thread_local", thread_locals},
	{nullptr, nullptr},
};
