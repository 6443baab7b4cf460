// A little of what gdc describes: templates, nested functions.
module tiny;

__gshared int last;

struct Table(T)
{
    T items;

    pragma(inline, false) T grow(T by, const(char)* name)
    {
        T twice(T n)
        {
            return n * 2 + items;
        }

        return twice(by) + name[0];
    }
}

extern (C) void _start()
{
    auto table = Table!int(1);

    for (;;)
        last = table.grow(last, "word");
}
