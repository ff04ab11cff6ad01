// core/object/code_methods.c: code objects compared, listed by line, and copied with changes.
#include "core/object/code_methods.h"

#include "core/compiler/line_table.h"
#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static bool same_bytes(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

static Truth constants_equal(ThreadState *ts, const Code *a, const Code *b)
{
    if (a->constant_count != b->constant_count) {
        return TRUTH_FALSE;
    }
    for (uint32_t i = 0; i < a->constant_count; i++) {
        if (type_of(a->constants[i]) != type_of(b->constants[i])) {
            return TRUTH_FALSE;
        }
        Truth equal = object_equal(ts, a->constants[i], b->constants[i]);
        if (equal != TRUTH_TRUE) {
            return equal;
        }
    }
    return TRUTH_TRUE;
}

Ref code_compare(ThreadState *ts, Value left, Value right, CompareOp op)
{
    if ((op != OP_EQ && op != OP_NE) || !value_is_kind(left, KIND_CODE) ||
        !value_is_kind(right, KIND_CODE)) {
        return REF_OF(VALUE_NOT_IMPLEMENTED);
    }
    const Code *a = code_from(left), *b = code_from(right);
    bool same = a == b;
    if (!same && a->flags == b->flags && a->first_line == b->first_line &&
        a->argument_count == b->argument_count &&
        a->positional_only_count == b->positional_only_count &&
        a->keyword_only_count == b->keyword_only_count &&
        a->instruction_count == b->instruction_count && a->site_count == b->site_count &&
        same_bytes(a->instructions, b->instructions, a->instruction_count * sizeof(Instruction)) &&
        str_equal(shared_ref_peek(&a->name), shared_ref_peek(&b->name))) {
        same = true;
        for (uint32_t i = 0; i < a->site_count && same; i++) {
            same = value_is_same(a->sites[i].name, b->sites[i].name);
        }
        Truth constants = same ? constants_equal(ts, a, b) : TRUTH_FALSE;
        Truth names = constants == TRUTH_TRUE ? object_equal(ts, shared_ref_peek(&a->local_names),
                                                             shared_ref_peek(&b->local_names))
                                              : constants;
        if (names == TRUTH_ERROR) {
            return NO_REF;
        }
        same = names == TRUTH_TRUE;
    }
    return REF_OF(bool_value(same == (op == OP_EQ)));
}

Status code_hash(ThreadState *ts, Value self, int64_t *hash)
{
    const Code *c = code_from(self);
    uint64_t h = str_hash(shared_ref_peek(&c->name)) ^ ((uint64_t)c->first_line << 32) ^
                 c->instruction_count;
    *hash = (int64_t)h == -1 ? -2 : (int64_t)h;
    return STATUS_OK;
}

Ref code_line_table(ThreadState *ts, Value v)
{
    return bytes_new(ts, code_from(v)->lines, code_from(v)->lines_size);
}
Ref code_exception_table(ThreadState *ts, Value v)
{
    return bytes_new(ts, code_from(v)->exceptions,
                     code_from(v)->exception_count * sizeof(ExceptionEntry));
}

static Value or_none(int number) { return number <= 0 ? VALUE_NONE : small_int(number); }

Ref code_lines(ThreadState *ts, Value self, const Value *args)
{
    const Code *c = code_from(self);
    OWNED Ref list = list_new(ts, 16);
    size_t offset = 0;
    int line = (int)c->first_line;
    uint32_t at = 0, words, start = 0;
    int run = -1;
    SourcePosition p;
    while (!is_error(list)) {
        bool more = line_table_next(c->lines, c->lines_size, &offset, &line, &words, &p);
        if ((!more || p.line != run) && at > start) {
            OWNED Ref row =
                tuple_pack(ts, 3, small_int(start * 2), small_int(at * 2), or_none(run));
            if (is_error(row) || list_append(ts, list_from(list.v), row.v) == STATUS_ERROR) {
                return NO_REF;
            }
            start = at;
        }
        if (!more) {
            break;
        }
        run = p.line;
        at += words;
    }
    return is_error(list) ? NO_REF : object_iterate(ts, list.v);
}

// A copy that differs in what people replace: names, file and first line.
Ref code_replace(CALL_PARAMETERS)
{
    const Code *from = code_from(self);
    if (count > 0) {
        return raise(ts, EXC_TypeError, "replace() takes 0 positional arguments but %zu were given",
                     count);
    }
    Code *c = code_new(ts);
    if (c == NULL) {
        return NO_REF;
    }
    OWNED Ref made = REF_FROM_NEW(c);
    memcpy((char *)c + sizeof(ObjectHead), (const char *)from + sizeof(ObjectHead),
           sizeof *c - sizeof(ObjectHead));
    c->instructions = NULL, c->constants = NULL, c->sites = NULL, c->cell_of_argument = NULL;
    c->depths = NULL, c->lines = NULL, c->exceptions = NULL, c->next = c->previous = NULL,
    c->version = 0;
    shared_ref_init(&c->name, ref_new(shared_ref_peek(&from->name)));
    shared_ref_init(&c->qualname, ref_new(shared_ref_peek(&from->qualname)));
    shared_ref_init(&c->filename, ref_new(shared_ref_peek(&from->filename)));
    shared_ref_init(&c->local_names, ref_new(shared_ref_peek(&from->local_names)));
#define COPY_ARRAY(field, items)                                                                   \
    if (from->field != NULL) {                                                                     \
        size_t size = (size_t)(items) * sizeof *from->field;                                       \
        c->field = raw_alloc(ts, size > 0 ? size : 1);                                             \
        if (c->field == NULL) {                                                                    \
            return NO_REF;                                                                         \
        }                                                                                          \
        memcpy(c->field, from->field, size);                                                       \
    }
    COPY_ARRAY(instructions, from->instruction_count)
    COPY_ARRAY(cell_of_argument, from->cell_count)
    COPY_ARRAY(depths, from->instruction_count)
    COPY_ARRAY(lines, from->lines_size)
    COPY_ARRAY(exceptions, from->exception_count)
    COPY_ARRAY(constants, from->constant_count)
    for (uint32_t i = 0; i < c->constant_count; i++) {
        c->constants[i] = ref_new(from->constants[i]).v;
    }
    COPY_ARRAY(sites, from->site_count)
#undef COPY_ARRAY
    for (uint32_t i = 0; i < c->site_count; i++) {
        c->sites[i] = (CacheSite){0, ref_new(from->sites[i].name).v};
    }
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    for (size_t i = 0; i < named; i++) {
        Value name = tuple_item(names, i), value = args[count + i];
        SharedRef *text = str_equal_z(name, "co_name")       ? &c->name
                          : str_equal_z(name, "co_qualname") ? &c->qualname
                          : str_equal_z(name, "co_filename") ? &c->filename
                                                             : NULL;
        if (text != NULL && value_is_str(value)) {
            Ref old = shared_ref_swap(text, ref_new(value));
            ref_drop(&old);
        } else if (str_equal_z(name, "co_firstlineno") && value_is_small_int(value)) {
            c->first_line = (uint32_t)small_int_get(value);
        } else if (str_equal_z(name, "co_flags") && value_is_small_int(value)) {
            c->flags = (uint32_t)small_int_get(value);
        } else if (str_equal_z(name, "co_consts") && value_is_tuple(value) &&
                   tuple_count(value) == c->constant_count) {
            for (uint32_t k = 0; k < c->constant_count; k++) {
                Value old = c->constants[k];
                c->constants[k] = ref_new(tuple_item(value, k)).v;
                value_release(old);
            }
        } else {
            return raise(ts, EXC_NotImplementedError, "code.replace() cannot change %U to that",
                         name);
        }
    }
    code_publish(ts, c);
    return ref_take(&made);
}
