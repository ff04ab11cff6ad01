// core/modules/itertools_combinatorics.c: product, permutations, combinations,
// with and without replacement.
//
// Each keeps an array of indices into its pool(s) and moves it on by one step per item, under its
// lock. The tuple for the item is made first, so that nothing can fail half-way.
#include "core/modules/itertools.h"

typedef enum { FRESH, RUNNING, STOPPED } Phase;

// tool.a: the pool, a tuple (product: a tuple of pools); tool.n:
// length of the results; tool.m: Phase.
typedef struct Combiner {
    Tool tool;
    int64_t *indices; // tool.n of them; permutations: one per item of the pool
    int64_t *cycles;  // permutations: tool.n
} Combiner;

static Combiner *combiner_from(Value v) { return (Combiner *)value_head(v); }

static void combiner_finish(ThreadState *ts, ObjectHead *o)
{
    Combiner *c = (Combiner *)o;
    raw_free(ts, c->indices);
    raw_free(ts, c->cycles);
    tool_finish(ts, o);
}

static Ref new_combiner(ThreadState *ts, Value type, Ref pool, int64_t r, size_t indices,
                        size_t cycles)
{
    OWNED Ref held = pool;
    if (is_error(held)) {
        return NO_REF;
    }
    int64_t *places = raw_alloc(ts, (indices + 1) * sizeof *places);
    int64_t *rounds = places == NULL || cycles == 0 ? NULL : raw_alloc(ts, cycles * sizeof *rounds);
    if (places == NULL || (cycles != 0 && rounds == NULL)) {
        raw_free(ts, places);
        return NO_REF;
    }
    Ref tool = tool_new(ts, type, ref_take(&held), NO_REF, NO_REF, NO_REF);
    if (is_error(tool)) {
        raw_free(ts, places);
        raw_free(ts, rounds);
        return NO_REF;
    }
    Combiner *c = combiner_from(tool.v);
    c->tool.n = r;
    c->indices = places;
    c->cycles = rounds;
    return tool;
}

// Common step: `advance` moves the indices on, false at the end; `pick` gives result item i.
typedef bool (*Advance)(Combiner *c);
typedef Value (*Pick)(Combiner *c, int64_t i);

static Ref step(ThreadState *ts, Value self, Advance advance, Pick pick)
{
    Combiner *c = combiner_from(self);
    if (atomic_load_relaxed(&c->tool.m) == STOPPED) {
        return NO_REF;
    }
    OWNED Ref result = tuple_new(ts, (size_t)c->tool.n);
    if (is_error(result)) {
        return NO_REF;
    }
    bool is_there = false;
    CRITICAL_SECTION(ts, &c->tool.head)
    {
        is_there = c->tool.m == FRESH || (c->tool.m == RUNNING && advance(c));
        atomic_store_relaxed(&c->tool.m, (int64_t)(is_there ? RUNNING : STOPPED));
        for (int64_t i = 0; i < c->tool.n && is_there; i++) {
            tuple_init_item(result.v, (size_t)i, ref_new(pick(c, i)));
        }
    }
    return is_there ? tuple_finish(ts, ref_take(&result)) : NO_REF;
}

static Value pick_from_pool(Combiner *c, int64_t i)
{
    return tuple_item(shared_ref_peek(&c->tool.a), (size_t)c->indices[i]);
}
static int64_t pool_size(const Combiner *c)
{
    return (int64_t)tuple_count(shared_ref_peek(&c->tool.a));
}

static Ref tuple_of_numbers(ThreadState *ts, const int64_t *numbers, size_t count)
{
    OWNED Ref t = tuple_new(ts, count);
    for (size_t i = 0; i < count && !is_error(t); i++) {
        tuple_init_item(t.v, i, REF_OF(small_int(numbers[i])));
    }
    return ref_take(&t);
}

// Reads `count` indices from a tuple, each clamped into [0, most].
static Status read_indices(ThreadState *ts, Value state, int64_t *out, size_t count, int64_t most)
{
    for (size_t i = 0; i < count; i++) {
        int64_t index;
        if (index_get(ts, tuple_item(state, i), &index) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        out[i] = index < 0 ? 0 : MIN_OF(index, most);
    }
    return STATUS_OK;
}

static Status read_length(ThreadState *ts, Value v, int64_t *r)
{
    if (index_get(ts, v, r) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    return *r >= 0 ? STATUS_OK : raise_status(ts, EXC_ValueError, "r must be non-negative");
}

// (type, ((pool or ()), r)[, indices]) of the three that draw from one pool.
static Ref reduce_one_pool(ThreadState *ts, Value self, Ref state)
{
    Combiner *c = combiner_from(self);
    OWNED Ref held = state;
    OWNED Ref pool = c->tool.m == STOPPED ? tuple_empty() : ref_new(tool_a(self));
    return tool_reduce(ts, self, tuple_pack(ts, 2, pool.v, small_int(c->tool.n)),
                       c->tool.m == RUNNING ? ref_take(&held) : NO_REF);
}

// --- product -------------------------------------------------------------------------------------

static Value product_pool(Combiner *c, int64_t i)
{
    return tuple_item(shared_ref_peek(&c->tool.a), (size_t)i);
}
static Value product_pick(Combiner *c, int64_t i)
{
    return tuple_item(product_pool(c, i), (size_t)c->indices[i]);
}
static bool product_advance(Combiner *c)
{
    for (int64_t i = c->tool.n - 1; i >= 0; i--) {
        if (++c->indices[i] < (int64_t)tuple_count(product_pool(c, i))) {
            return true;
        }
        c->indices[i] = 0;
    }
    return false;
}

static Ref product_make(CALL_PARAMETERS)
{
    int64_t repeat = 1;
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        if (!str_equal_z(tuple_item(names, i), "repeat")) {
            return raise(ts, EXC_TypeError, "'%U' is an invalid keyword argument for product()",
                         tuple_item(names, i));
        }
        if (index_get(ts, args[count + i], &repeat) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    if (repeat < 0) {
        return raise(ts, EXC_ValueError, "repeat argument cannot be negative");
    }
    if (count > 0 && (uint64_t)repeat > ((uint64_t)1 << 47) / count) {
        return raise(ts, EXC_OverflowError, "repeat argument too large");
    }
    size_t total = repeat == 0 ? 0 : count * (size_t)repeat;
    OWNED Ref pools = tuple_new(ts, total);
    bool is_empty = false;
    for (size_t i = 0; i < total && !is_error(pools); i++) {
        Ref pool =
            i < count ? sequence_tuple(ts, args[i]) : ref_new(tuple_item(pools.v, i - count));
        if (is_error(pool)) {
            return NO_REF;
        }
        is_empty = is_empty || tuple_count(pool.v) == 0;
        tuple_init_item(pools.v, i, pool);
    }
    Ref tool = is_error(pools) ? NO_REF
                               : new_combiner(ts, self, tuple_finish(ts, ref_take(&pools)),
                                              (int64_t)total, total, 0);
    if (!is_error(tool)) {
        Combiner *c = combiner_from(tool.v);
        memset(c->indices, 0, (total + 1) * sizeof *c->indices);
        c->tool.m = is_empty ? STOPPED : FRESH;
    }
    return tool;
}

static Ref product_next(ThreadState *ts, Value self)
{
    return step(ts, self, product_advance, product_pick);
}

static Ref product_reduce(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    if (c->tool.m == STOPPED) {
        OWNED Ref empty = tuple_empty();
        return tool_reduce(ts, self, tuple_pack(ts, 1, empty.v), NO_REF);
    }
    return tool_reduce(ts, self, ref_new(tool_a(self)),
                       c->tool.m == FRESH ? NO_REF
                                          : tuple_of_numbers(ts, c->indices, (size_t)c->tool.n));
}

static Ref product_set_state(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    if (!value_is_tuple(args[0]) || (int64_t)tuple_count(args[0]) != c->tool.n) {
        return raise(ts, EXC_ValueError, "invalid arguments");
    }
    for (int64_t i = 0; i < c->tool.n; i++) {
        int64_t index, most = (int64_t)tuple_count(product_pool(c, i)) - 1;
        if (index_get(ts, tuple_item(args[0], (size_t)i), &index) == STATUS_ERROR) {
            return NO_REF;
        }
        if (most < 0) {
            c->tool.m = STOPPED;
            return REF_NONE;
        }
        c->indices[i] = index < 0 ? 0 : MIN_OF(index, most);
    }
    c->tool.m = RUNNING;
    return REF_NONE;
}

static Ref combiner_sizeof(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    return ref_of_size(object_size(&c->tool.head) + (size_t)c->tool.n * sizeof(int64_t));
}

#define COMBINER_METHODS(name, reduce_, set_state_)                                                \
    static const NativeDef name[] = {                                                              \
        REDUCE_METHOD(reduce_),                                                                    \
        SET_STATE_METHOD(set_state_),                                                              \
        NATIVE("__sizeof__", combiner_sizeof, "($self, /)", "Returns size in memory, in bytes."),  \
        NATIVE_END,                                                                                \
    }
#define COMBINER_SPEC(kind, name_, doc_, next_, make_, methods_)                                   \
    const TypeSpec spec_##kind = {                                                                 \
        .name = "itertools." name_,                                                                \
        .doc = doc_,                                                                               \
        .base = KIND_OBJECT,                                                                       \
        .size = sizeof(Combiner),                                                                  \
        .flags = TYPE_SUBCLASSABLE | TYPE_COLLECTED,                                               \
        .slots = {.finish = combiner_finish,                                                       \
                  .traverse = tool_traverse,                                                       \
                  .iterate = object_itself,                                                        \
                  .next = next_,                                                                   \
                  .make = make_},                                                                  \
        .methods = methods_,                                                                       \
    }

COMBINER_METHODS(product_methods, product_reduce, product_set_state);
COMBINER_SPEC(PRODUCT, "product",
              "product(*iterables, repeat=1) --> product object\n\n"
              "Cartesian product of input iterables.  Equivalent to nested for-loops.\n\n"
              "For example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\n"
              "The leftmost iterators are in the outermost for-loop, so the output tuples\n"
              "cycle in a manner similar to an odometer (with the rightmost element changing\n"
              "on every iteration).\n\n"
              "To compute the product of an iterable with itself, specify the number\n"
              "of repetitions with the optional repeat keyword argument. For example,\n"
              "product(A, repeat=4) means the same as product(A, A, A, A).\n\n"
              "product('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)\n"
              "product((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...",
              product_next, product_make, product_methods);

// --- combinations --------------------------------------------------------------------------------

static Ref make_from_pool(ThreadState *ts, Value type, const char *name, const Value *args,
                          size_t count, Value names)
{
    static const char *const parameters[] = {"iterable", "r", NULL};
    Value bound[2];
    int64_t r;
    if (arguments_bind(ts, name, parameters, 0, 2, 2, args, count, names, bound) == STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref pool = sequence_tuple(ts, bound[0]);
    if (is_error(pool) || read_length(ts, bound[1], &r) == STATUS_ERROR) {
        return NO_REF;
    }
    if (r > ((int64_t)1 << 47)) {
        return raise_no_memory(ts);
    }
    return new_combiner(ts, type, ref_take(&pool), r, (size_t)r, 0);
}

static Ref combinations_make(CALL_PARAMETERS)
{
    Ref tool = make_from_pool(ts, self, "combinations", args, count, names);
    if (!is_error(tool)) {
        Combiner *c = combiner_from(tool.v);
        for (int64_t i = 0; i < c->tool.n; i++) {
            c->indices[i] = i;
        }
        c->tool.m = c->tool.n > pool_size(c) ? STOPPED : FRESH;
    }
    return tool;
}

static bool combinations_advance(Combiner *c)
{
    int64_t n = pool_size(c), r = c->tool.n, i = r - 1;
    while (i >= 0 && c->indices[i] == i + n - r) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    c->indices[i]++;
    for (int64_t j = i + 1; j < r; j++) {
        c->indices[j] = c->indices[j - 1] + 1;
    }
    return true;
}
static Ref combinations_next(ThreadState *ts, Value self)
{
    return step(ts, self, combinations_advance, pick_from_pool);
}
static Ref combinations_reduce(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    return reduce_one_pool(ts, self, tuple_of_numbers(ts, c->indices, (size_t)c->tool.n));
}
static Ref combinations_set_state(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    int64_t r = c->tool.n, n = pool_size(c);
    if (!value_is_tuple(args[0]) || (int64_t)tuple_count(args[0]) != r) {
        return raise(ts, EXC_ValueError, "invalid arguments");
    }
    for (int64_t i = 0; i < r; i++) {
        int64_t index;
        if (index_get(ts, tuple_item(args[0], (size_t)i), &index) == STATUS_ERROR) {
            return NO_REF;
        }
        c->indices[i] = index < 0 ? 0 : MIN_OF(index, MAX_OF(i + n - r, 0));
    }
    c->tool.m = n == 0 && r > 0 ? STOPPED : RUNNING;
    return REF_NONE;
}
COMBINER_METHODS(combinations_methods, combinations_reduce, combinations_set_state);
COMBINER_SPEC(COMBINATIONS, "combinations",
              "Return successive r-length combinations of elements in the iterable.\n\n"
              "combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)",
              combinations_next, combinations_make, combinations_methods);

// --- combinations_with_replacement ---------------------------------------------------------------

static Ref replacement_make(CALL_PARAMETERS)
{
    Ref tool = make_from_pool(ts, self, "combinations_with_replacement", args, count, names);
    if (!is_error(tool)) {
        Combiner *c = combiner_from(tool.v);
        memset(c->indices, 0, (size_t)(c->tool.n + 1) * sizeof *c->indices);
        c->tool.m = pool_size(c) == 0 && c->tool.n > 0 ? STOPPED : FRESH;
    }
    return tool;
}
static bool replacement_advance(Combiner *c)
{
    int64_t n = pool_size(c), r = c->tool.n, i = r - 1;
    while (i >= 0 && c->indices[i] == n - 1) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    int64_t index = c->indices[i] + 1;
    for (; i < r; i++) {
        c->indices[i] = index;
    }
    return true;
}
static Ref replacement_next(ThreadState *ts, Value self)
{
    return step(ts, self, replacement_advance, pick_from_pool);
}
static Ref replacement_set_state(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    if (!value_is_tuple(args[0]) || (int64_t)tuple_count(args[0]) != c->tool.n) {
        return raise(ts, EXC_ValueError, "invalid arguments");
    }
    if (read_indices(ts, args[0], c->indices, (size_t)c->tool.n, MAX_OF(pool_size(c) - 1, 0)) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    c->tool.m = pool_size(c) == 0 && c->tool.n > 0 ? STOPPED : RUNNING;
    return REF_NONE;
}
COMBINER_METHODS(replacement_methods, combinations_reduce, replacement_set_state);
COMBINER_SPEC(COMBINATIONS_WITH_REPLACEMENT, "combinations_with_replacement",
              "Tuples of r items in the order of the iterable, where an item may come several "
              "times.",
              replacement_next, replacement_make, replacement_methods);

// --- permutations --------------------------------------------------------------------------------

static Ref permutations_make(CALL_PARAMETERS)
{
    static const char *const parameters[] = {"iterable", "r", NULL};
    Value bound[2];
    if (arguments_bind(ts, "permutations", parameters, 0, 2, 1, args, count, names, bound) ==
        STATUS_ERROR) {
        return NO_REF;
    }
    OWNED Ref pool = sequence_tuple(ts, bound[0]);
    if (is_error(pool)) {
        return NO_REF;
    }
    int64_t n = (int64_t)tuple_count(pool.v), r = n;
    if (!is_no_value(bound[1]) && !value_is_none(bound[1])) {
        if (!value_is_int(bound[1])) {
            return raise(ts, EXC_TypeError, "Expected int as r");
        }
        if (read_length(ts, bound[1], &r) == STATUS_ERROR) {
            return NO_REF;
        }
    }
    bool is_too_long = r > n;
    Ref tool = new_combiner(ts, self, ref_take(&pool), r, (size_t)n, is_too_long ? 0 : (size_t)r);
    if (!is_error(tool)) {
        Combiner *c = combiner_from(tool.v);
        for (int64_t i = 0; i < n; i++) {
            c->indices[i] = i;
        }
        for (int64_t i = 0; i < r && !is_too_long; i++) {
            c->cycles[i] = n - i;
        }
        c->tool.m = is_too_long ? STOPPED : FRESH;
    }
    return tool;
}

static bool permutations_advance(Combiner *c)
{
    int64_t n = pool_size(c);
    for (int64_t i = c->tool.n - 1; i >= 0; i--) {
        if (--c->cycles[i] == 0) {
            int64_t index = c->indices[i];
            memmove(&c->indices[i], &c->indices[i + 1], (size_t)(n - 1 - i) * sizeof *c->indices);
            c->indices[n - 1] = index;
            c->cycles[i] = n - i;
        } else {
            int64_t j = n - c->cycles[i], index = c->indices[i];
            c->indices[i] = c->indices[j];
            c->indices[j] = index;
            return true;
        }
    }
    return false;
}
static Ref permutations_next(ThreadState *ts, Value self)
{
    return step(ts, self, permutations_advance, pick_from_pool);
}

static Ref permutations_reduce(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    if (c->tool.m != RUNNING) {
        return reduce_one_pool(ts, self, NO_REF);
    }
    OWNED Ref indices = tuple_of_numbers(ts, c->indices, (size_t)pool_size(c));
    OWNED Ref cycles =
        is_error(indices) ? NO_REF : tuple_of_numbers(ts, c->cycles, (size_t)c->tool.n);
    return is_error(cycles) ? NO_REF
                            : reduce_one_pool(ts, self, tuple_pack(ts, 2, indices.v, cycles.v));
}

static Ref permutations_set_state(ThreadState *ts, Value self, const Value *args)
{
    Combiner *c = combiner_from(self);
    Value state = args[0];
    if (!value_is_tuple(state)) {
        return raise(ts, EXC_TypeError, "state is not a tuple");
    }
    if (tuple_count(state) != 2 || !value_is_tuple(tuple_item(state, 0)) ||
        !value_is_tuple(tuple_item(state, 1)) ||
        (int64_t)tuple_count(tuple_item(state, 0)) != pool_size(c) ||
        (int64_t)tuple_count(tuple_item(state, 1)) != c->tool.n || c->tool.n > pool_size(c)) {
        return raise(ts, EXC_ValueError, "invalid arguments");
    }
    int64_t n = pool_size(c);
    if (read_indices(ts, tuple_item(state, 0), c->indices, (size_t)n, n - 1) == STATUS_ERROR) {
        return NO_REF;
    }
    for (int64_t i = 0; i < c->tool.n; i++) {
        int64_t left;
        if (index_get(ts, tuple_item(tuple_item(state, 1), (size_t)i), &left) == STATUS_ERROR) {
            return NO_REF;
        }
        c->cycles[i] = left < 1 ? 1 : MIN_OF(left, n - i);
    }
    c->tool.m = RUNNING;
    return REF_NONE;
}
COMBINER_METHODS(permutations_methods, permutations_reduce, permutations_set_state);
COMBINER_SPEC(PERMUTATIONS, "permutations",
              "Return successive r-length permutations of elements in the iterable.\n\n"
              "permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
              permutations_next, permutations_make, permutations_methods);
