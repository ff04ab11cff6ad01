// core/object/code.c: code objects: their life, their registry, and what scripts may ask of them.
#include "core/object/code.h"

#include <string.h>

#include "core/compiler/line_table.h"
#include "core/object/bytes.h"
#include "core/object/code_methods.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/upcalls.h"
#include "gil/mutex.h"

static Mutex registry_mutex; // guards the list below and links of Code
static Code *registry;
static uint32_t last_version;

Code *code_new(ThreadState *ts)
{
    Code *code = object_new(ts, KIND_CODE, sizeof *code);
    if (code != NULL) {
        memset((char *)code + sizeof(ObjectHead), 0, sizeof *code - sizeof(ObjectHead));
    }
    return code;
}

void code_publish(ThreadState *ts, Code *code)
{
    bool plain =
        (code->flags & (CODE_VARARGS | CODE_VARKEYWORDS)) == 0 && code->keyword_only_count == 0;
    code->simple_arity = plain ? 1u + code->argument_count : 0;
    code->version = atomic_add_relaxed(&last_version, 1u) + 1;
    mutex_lock(&registry_mutex);
    code->next = registry;
    if (registry != NULL) {
        registry->previous = code;
    }
    registry = code;
    mutex_unlock(&registry_mutex);
    object_track(&code->head);
}

void code_purge_caches_stopped(void)
{
    for (Code *code = registry; code != NULL; code = code->next) {
        for (uint32_t i = 0; i < code->site_count; i++) {
            if (code->sites[i].entry != 0) {
                cache_empty_stopped(&code->sites[i]);
            }
        }
    }
    constructors_purge_stopped();
}

SourcePosition code_position(const Code *code, uint32_t instruction)
{
    return line_table_find(code->lines, code->lines_size, (int)code->first_line, instruction);
}

static void code_finish(ThreadState *ts, ObjectHead *o)
{
    Code *code = (Code *)o;
    if (code->version != 0) {
        mutex_lock(&registry_mutex);
        if (code->previous != NULL) {
            code->previous->next = code->next;
        } else {
            registry = code->next;
        }
        if (code->next != NULL) {
            code->next->previous = code->previous;
        }
        mutex_unlock(&registry_mutex);
    }
    for (uint32_t i = 0; i < code->constant_count; i++) {
        value_release(code->constants[i]);
    }
    for (uint32_t i = 0; i < code->site_count; i++) {
        cache_empty_stopped(&code->sites[i]);
        value_release(code->sites[i].name);
    }
    void *blocks[] = {code->instructions, code->constants, code->sites,     code->cell_of_argument,
                      code->depths,       code->lines,     code->exceptions};
    for (size_t i = 0; i < ARRAY_LENGTH(blocks); i++) {
        if (blocks[i] != NULL) {
            raw_free(ts, blocks[i]);
        }
    }
    code->constant_count = code->site_count = 0;
    shared_ref_clear(&code->name);
    shared_ref_clear(&code->qualname);
    shared_ref_clear(&code->filename);
    shared_ref_clear(&code->local_names);
}

// Constants are strings, numbers, tuples of these and code objects: no cycle goes through them.
static void code_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Code *code = (Code *)o;
    for (uint32_t i = 0; i < code->constant_count; i++) {
        visit(code->constants[i], EDGE_COUNTED, context);
    }
    for (uint32_t i = 0; i < code->site_count; i++) {
        visit(code->sites[i].name, EDGE_COUNTED, context);
    }
    visit_place(&code->name, visit, context);
    visit_place(&code->qualname, visit, context);
    visit_place(&code->filename, visit, context);
    visit_place(&code->local_names, visit, context);
}

static Code *self_code(Value v) { return code_from(v); }

static Ref code_repr(ThreadState *ts, Value self)
{
    Code *c = self_code(self);
    return format_str(ts, "<code object %U at %p, file \"%U\", line %u>", shared_ref_peek(&c->name),
                      (void *)c, shared_ref_peek(&c->filename), c->first_line);
}

// --- Attributes ----------------------------------------------------------------------------------

static Ref names_between(ThreadState *ts, Code *c, size_t start, size_t end)
{
    return tuple_slice(ts, shared_ref_peek(&c->local_names), start, end);
}

#define NUMBER(name, expression)                                                                   \
    static Ref get_##name(ThreadState *ts, Value self)                                             \
    {                                                                                              \
        Code *c = self_code(self);                                                                 \
        return REF_OF(small_int((int64_t)(expression)));                                           \
    }
NUMBER(argcount, c->argument_count)
NUMBER(posonlyargcount, c->positional_only_count)
NUMBER(kwonlyargcount, c->keyword_only_count)
NUMBER(nlocals, c->local_count)
NUMBER(stacksize, c->slot_count - c->temp_base)
NUMBER(flags, c->flags)
NUMBER(firstlineno, c->first_line)

static Ref get_name(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&self_code(self)->name));
}
static Ref get_qualname(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&self_code(self)->qualname));
}
static Ref get_filename(ThreadState *ts, Value self)
{
    return ref_new(shared_ref_peek(&self_code(self)->filename));
}

// CPython lists parameters that became cells among the variable names too:
// their slots have the name.
static Ref get_varnames(ThreadState *ts, Value self)
{
    Code *c = self_code(self);
    return names_between(ts, c, 0, c->local_count);
}
static Ref get_cellvars(ThreadState *ts, Value self)
{
    Code *c = self_code(self);
    return names_between(ts, c, c->local_count, (size_t)c->local_count + c->cell_count);
}
static Ref get_freevars(ThreadState *ts, Value self)
{
    Code *c = self_code(self);
    return names_between(ts, c, (size_t)c->local_count + c->cell_count,
                         (size_t)c->local_count + c->cell_count + c->free_count);
}
static Ref get_consts(ThreadState *ts, Value self)
{
    Code *c = self_code(self);
    return tuple_from_values(ts, c->constants, c->constant_count);
}

// Each name once, in order of first use.
static Ref get_names(ThreadState *ts, Value self)
{
    Code *c = self_code(self);
    Value *unique = raw_alloc(ts, (c->site_count + 1) * sizeof(Value));
    if (unique == NULL) {
        return NO_REF;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < c->site_count; i++) {
        size_t k = 0;
        while (k < count && !value_is_same(unique[k], c->sites[i].name)) {
            k++;
        }
        if (k == count) {
            unique[count++] = c->sites[i].name;
        }
    }
    Ref names = tuple_from_values(ts, unique, count);
    raw_free(ts, unique);
    return names;
}

static Ref get_code_bytes(ThreadState *ts, Value self)
{
    Code *c = self_code(self);
    return bytes_new(ts, c->instructions, c->instruction_count * sizeof(Instruction));
}

static Ref none_or(ThreadState *ts, int i) { return i < 0 ? REF_NONE : int_from_i64(ts, i); }

// (line, end line, column, end column) of every instruction word.
static Ref code_positions(ThreadState *ts, Value self, const Value *args)
{
    Code *c = self_code(self);
    OWNED Ref all = tuple_new(ts, c->instruction_count);
    if (is_error(all)) {
        return NO_REF;
    }
    size_t offset = 0, at = 0;
    int line = (int)c->first_line;
    uint32_t words;
    SourcePosition p;
    while (line_table_next(c->lines, c->lines_size, &offset, &line, &words, &p)) {
        OWNED Ref line_ref = none_or(ts, p.line);
        OWNED Ref end_line = none_or(ts, p.end_line);
        OWNED Ref column = none_or(ts, p.column);
        OWNED Ref end_column = none_or(ts, p.end_column);
        for (uint32_t i = 0; i < words && at < c->instruction_count; i++, at++) {
            Ref one = tuple_pack(ts, 4, line_ref.v, end_line.v, column.v, end_column.v);
            if (is_error(one)) {
                return NO_REF;
            }
            tuple_init_item(all.v, at, one);
        }
    }
    OWNED Ref done = tuple_finish(ts, ref_take(&all));
    return is_error(done) ? NO_REF : object_iterate(ts, done.v);
}

static const NativeDef methods[] = {
    NATIVE("co_positions", code_positions, "($self, /)", "Source positions of the instructions."),
    NATIVE("co_lines", code_lines, "($self, /)", "Runs of instructions with one line."),
    NATIVE_RAW("replace", code_replace, "($self, /, **changes)",
               "Return a copy of the code object with new values for the specified fields."),
    NATIVE_END,
};

static const GetSetDef getset[] = {{"co_name", get_name, NULL, NULL},
                                   {"co_qualname", get_qualname, NULL, NULL},
                                   {"co_filename", get_filename, NULL, NULL},
                                   {"co_firstlineno", get_firstlineno, NULL, NULL},
                                   {"co_argcount", get_argcount, NULL, NULL},
                                   {"co_posonlyargcount", get_posonlyargcount, NULL, NULL},
                                   {"co_kwonlyargcount", get_kwonlyargcount, NULL, NULL},
                                   {"co_nlocals", get_nlocals, NULL, NULL},
                                   {"co_stacksize", get_stacksize, NULL, NULL},
                                   {"co_flags", get_flags, NULL, NULL},
                                   {"co_varnames", get_varnames, NULL, NULL},
                                   {"co_cellvars", get_cellvars, NULL, NULL},
                                   {"co_freevars", get_freevars, NULL, NULL},
                                   {"co_consts", get_consts, NULL, NULL},
                                   {"co_names", get_names, NULL, NULL},
                                   {"co_code", get_code_bytes, NULL, NULL},
                                   {"co_linetable", code_line_table, NULL, NULL},
                                   {"co_exceptiontable", code_exception_table, NULL, NULL},
                                   {NULL, NULL, NULL, NULL}};

const TypeSpec spec_CODE = {.name = "code",
                            .doc = "Compiled code.",
                            .base = KIND_OBJECT,
                            .size = sizeof(Code),
                            .flags =
                                TYPE_COLLECTED | TYPE_NOT_CONSTRUCTIBLE | TYPE_WEAK_REFERENCEABLE,
                            .slots = {.finish = code_finish,
                                      .traverse = code_traverse,
                                      .repr = code_repr,
                                      .hash = code_hash,
                                      .compare = code_compare},
                            .methods = methods,
                            .getset = getset};
