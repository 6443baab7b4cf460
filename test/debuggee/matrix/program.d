// Names of D.
// watched: grow*
module program;

extern (C) void debuggee_prepare();
extern (C) void debuggee_map(size_t pages);

struct Table(T)
{
    T extra;

    pragma(inline, false) void grow(T by) // grows 40 5 program.Table!(ulong).Table.grow
    {
        debuggee_map(by + extra);
    }
}

pragma(inline, false) void growOnce() // grows 3 1 program.growOnce
{
    debuggee_map(3);
}

void main()
{
    auto table = Table!ulong(1);

    debuggee_prepare();
    foreach (i; 0 .. 5)
        table.grow(7);
    growOnce();
}
