"""Compares what ptmem says of generated programs with the books that they kept.

    judge.py HOW NAME...

NAME.truth is what `graphs` wrote, NAME.json is `ptmem post --export json`. Prints each
value that is another one, and fails where there was one. HOW is

    calls   every call was seen: all values are the same
    moved   of calls only those were seen in which memory moved
    net     what came and went is known of each path, calls are a lower bound; and what was
            added, of programs that give nothing back

and HOW:GLOB,... where only functions of these names were watched.
"""

from fnmatch import fnmatchcase
import json
import sys

SHOWN = 40  # differences of one program that are printed
BRACKETS_MOST = 0.01  # of what moved may be in brackets, after the start

MEMORY, SELF, NET, NET_SELF, CALLS, ALL_CALLS, MOVED = range(7)
PATH_MEMORY, PATH_SELF, PATH_CALLS, PATH_MOVED = range(4)


class Truth:
    """total, function and path lines; amounts are bytes, names are of functions."""

    def __init__(self, file):
        self.functions, self.paths = {}, {}
        for line in file:
            kind, *fields = line.rstrip('\n').split('\t')
            if kind == 'total':
                self.taken, self.given = map(int, fields)
            elif kind == 'function':
                self.functions[fields[0]] = tuple(map(int, fields[1:]))
            else:
                self.paths[tuple(fields[0].split(';'))] = tuple(map(int, fields[1:]))

    def keep(self, watched):
        """What another function moved is its caller's doing. Of those left, `self` of the
        flat table is not known any more."""
        self.functions = {name: sums[:SELF] + (None,) + sums[NET:NET_SELF] + (0,) + sums[CALLS:]
                          for name, sums in self.functions.items() if watched(name)}
        paths = {}
        for path, (_, own, calls, moved) in self.paths.items():
            kept = tuple(filter(watched, path))
            for length in range(1, len(kept) + 1):
                paths.setdefault(kept[:length], [0, 0, 0, 0])[PATH_MEMORY] += own
            paths[kept][PATH_SELF] += own
            if watched(path[-1]):
                paths[kept][PATH_CALLS] += calls
                paths[kept][PATH_MOVED] += moved
        self.paths = {path: tuple(sums) for path, sums in paths.items()}
        for path, sums in self.paths.items():
            function = list(self.functions[path[-1]])
            function[NET_SELF] += sums[PATH_SELF]
            self.functions[path[-1]] = tuple(function)


class Seen:
    """The same of a profile: what is no function of the truth's is its caller's doing."""

    def __init__(self, profile, names):
        self.functions, self.paths, self.noted = {}, {}, {}
        self.brackets = 0
        for row in profile['functions']:
            name = row['function']
            if name in names and not row.get('inlined'):
                self.functions[name] = tuple(row[key] for key in (
                    'memory', 'self', 'net', 'net_self', 'calls', 'all_calls'))
            elif name.startswith('note_') and any((row['self'], row['net_self'])):
                self.noted[name] = row['self'], row['net_self']
            elif row['kind'] == 'bracket' and name != '[startup]':
                self.brackets += max(abs(row['self']), abs(row['net_self']))
        self.read_nodes(profile['nodes'], profile['locations'], names)

    def read_nodes(self, nodes, locations, names):
        paths, sums = [], {}
        for node in nodes:
            location = locations[node['location']]
            path = () if node['parent'] is None else paths[node['parent']]
            own = location['function'] in names and not location.get('inlined')
            if own and (path or location['function'] == 'graph'):
                path += location['function'],
            paths.append(path)
            for length in range(1, len(path) + 1):
                sum = sums.setdefault(path[:length], [0, 0, 0])
                sum[PATH_MEMORY] += node['self']
            if path:
                sums[path][PATH_SELF] += node['self']
                sums[path][PATH_CALLS] += node['calls'] if own else 0
        self.paths = {path: tuple(sum) for path, sum in sums.items()}


class Judge:
    def __init__(self, how):
        self.how = how
        self.differences = []

    def same(self, what, expected, seen):
        if expected != seen and expected is not None:
            self.differences.append(f'{what}: {seen}, not {expected}')

    def at_most(self, what, moved, calls, seen):
        """What came and went within one call may have been seen, and may not."""
        if not bool(moved) <= seen <= calls:
            self.differences.append(f'{what}: {seen}, not up to {calls}')

    def judge_function(self, name, true, seen, gives_back):
        # A row in which nothing moved is not there.
        row = seen or (0, 0, 0, 0, 0, true[ALL_CALLS] if self.how == 'calls' else true[MOVED])
        exact = self.how != 'net'
        self.same(f'{name} net', true[NET], row[NET])
        self.same(f'{name} net self', true[NET_SELF], row[NET_SELF])
        if exact or not gives_back:
            self.same(f'{name} memory', true[MEMORY], row[MEMORY])
            self.same(f'{name} self', true[SELF], row[SELF])
        if exact:
            self.same(f'{name} calls', true[CALLS], row[CALLS])
            self.same(f'{name} all calls',
                      true[ALL_CALLS if self.how == 'calls' else MOVED], row[ALL_CALLS])
        else:
            self.at_most(f'{name} all calls', true[MOVED], true[ALL_CALLS], row[ALL_CALLS])

    def judge_path(self, path, true, seen):
        what = ';'.join(path)
        self.same(f'{what} memory', true[PATH_MEMORY], seen[PATH_MEMORY])
        self.same(f'{what} self', true[PATH_SELF], seen[PATH_SELF])
        if self.how == 'net':
            self.at_most(f'{what} calls', true[PATH_MOVED], true[PATH_CALLS], seen[PATH_CALLS])
        else:
            self.same(f'{what} calls', true[PATH_CALLS if self.how == 'calls' else PATH_MOVED],
                      seen[PATH_CALLS])

    def judge(self, truth, profile):
        seen = Seen(profile, truth.functions.keys())
        moved = truth.taken + truth.given
        for name, true in truth.functions.items():
            self.judge_function(name, true, seen.functions.get(name), truth.given)
        for path in sorted(truth.paths.keys() | seen.paths.keys()):
            self.judge_path(path, truth.paths.get(path, (0, 0, 0, 0)),
                            seen.paths.get(path, (0, 0, 0)))
        for name, amounts in seen.noted.items():
            self.same(f'{name}, where nothing moves', (0, 0), amounts)
        if seen.brackets > moved * BRACKETS_MOST:
            self.differences.append(f'in brackets: {seen.brackets} of {moved} that moved')


def main(how, *names):
    how, _, globs = how.partition(':')
    assert how in ('calls', 'moved', 'net'), how
    failed = False
    for name in names:
        judge = Judge(how)
        with open(f'{name}.truth') as truth, open(f'{name}.json') as profile:
            truth = Truth(truth)
            if globs:
                truth.keep(lambda name: any(fnmatchcase(name, glob) for glob in globs.split(',')))
            judge.judge(truth, json.load(profile))
        for difference in judge.differences[:SHOWN]:
            print(f'{name}: {difference}')
        if len(judge.differences) > SHOWN:
            print(f'{name}: and {len(judge.differences) - SHOWN} more')
        failed = failed or bool(judge.differences)
    return failed


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
