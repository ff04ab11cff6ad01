// core/vm/interpreter_names.c: locals, cells, globals, names of class bodies, imports, functions.
#include "core/object/cell.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/import.h"
#include "core/vm/interpreter_slow.h"
#include "core/vm/runtime_state.h"
#include "core/vm/slot_load.h"

static Value local_name(Slot *R, uint32_t index)
{
    return tuple_item(shared_ref_peek(&frame_of_slots(R)->code->local_names), index);
}

// False, for use as a handler's result.
static bool name_error(ThreadState *ts, ExceptionId id, const char *format, Value name)
{
    raise_name_error(ts, id, format, name);
    return false;
}

static bool raise_not_defined(ThreadState *ts, Value name)
{
    return name_error(ts, EXC_NameError, "name '%U' is not defined", name);
}

// --- Locals and cells ----------------------------------------------------------------------------

bool slow_check_local(OPERANDS)
{
    return name_error(ts, EXC_UnboundLocalError,
                      "cannot access local variable '%U' where it is not associated with a value",
                      local_name(R, A));
}

bool slow_delete_local(OPERANDS)
{
    if (slot_is_empty(R[A])) {
        return slow_check_local(ts, R, A, B, C);
    }
    slot_drop(&R[A]);
    return true;
}

bool slow_make_cell(OPERANDS) { return finish0(R, A, cell_new(ts, NO_REF)); }

bool slow_make_cell_from(OPERANDS) { return finish0(R, A, cell_new(ts, slot_take(&R[B]))); }

static Cell *cell_in(Slot s) { return (Cell *)value_head(slot_value(s)); }

static bool raise_empty_cell(ThreadState *ts, Slot *R, uint32_t slot)
{
    const Code *code = frame_of_slots(R)->code;
    Value name = local_name(R, slot);
    if (slot >= (uint32_t)code->local_count + code->cell_count) {
        return name_error(ts, EXC_NameError,
                          "cannot access free variable '%U' where it is not associated with a "
                          "value in enclosing scope",
                          name);
    }
    return name_error(ts, EXC_UnboundLocalError,
                      "cannot access local variable '%U' where it is not associated with a value",
                      name);
}

bool slow_load_cell(OPERANDS)
{
    Ref value = cell_load(cell_in(R[B]));
    return is_error(value) ? raise_empty_cell(ts, R, B) : finish0(R, A, value);
}

bool slow_store_cell(OPERANDS)
{
    cell_store(ts, cell_in(R[A]), slot_consume(R, B, temp_base_of(R)));
    return true;
}

bool slow_delete_cell(OPERANDS)
{
    Ref old = cell_load(cell_in(R[A]));
    if (is_error(old)) {
        return raise_empty_cell(ts, R, A);
    }
    cell_store(ts, cell_in(R[A]), NO_REF);
    ref_drop(&old);
    return true;
}

// --- Globals -------------------------------------------------------------------------------------

// The value of a name in any mapping. LOOKUP_ABSENT: no exception is set.
static Lookup mapping_get(ThreadState *ts, Value mapping, Value name, Ref *out)
{
    if (value_is_exactly(mapping, KIND_DICT)) {
        return dict_get(ts, dict_from(mapping), name, out);
    }
    *out = object_get_item(ts, mapping, name);
    if (!is_error(*out)) {
        return LOOKUP_FOUND;
    }
    return exception_clear_if(ts, EXC_KeyError) ? LOOKUP_ABSENT : LOOKUP_ERROR;
}

// The full cell of a name in a namespace, or NULL.
static Cell *full_cell(ThreadState *ts, Value dict, Value name)
{
    if (dict_from(dict)->namespace_id == 0) {
        return NULL;
    }
    Cell *cell = namespace_cell(ts, dict_from(dict), name, false);
    return cell != NULL && shared_ref_peek(&cell->value).bits != 0 ? cell : NULL;
}

// Remembers where a name was found. `cell` belongs to the globals,
// or to the builtins (`in_builtins`).
static void remember_global(ThreadState *ts, Value globals, Value name, CacheSite *site, Cell *cell,
                            bool in_builtins)
{
    CacheEntry entry = {
        .guard = dict_from(globals)->namespace_id, .kind = CACHE_GLOBAL, .cell = cell};
    if (entry.guard == 0) {
        return;
    }
    if (in_builtins) {
        entry.shadow = namespace_cell(ts, dict_from(globals), name, true);
        if (entry.shadow == NULL) {
            exception_clear(ts);
            return;
        }
    }
    cache_install(ts, site, &entry);
}

static Lookup lookup_global(ThreadState *ts, Slot *R, CacheSite *site, Ref *out)
{
    Frame *f = frame_of_slots(R);
    Value name = site->name;
    Lookup found = dict_get(ts, dict_from(f->globals), name, out);
    if (found != LOOKUP_ABSENT) {
        Cell *cell = found == LOOKUP_FOUND ? full_cell(ts, f->globals, name) : NULL;
        if (cell != NULL) {
            remember_global(ts, f->globals, name, site, cell, false);
        }
        return found;
    }
    Value builtins = frame_builtins(f);
    if (is_no_value(builtins)) {
        return LOOKUP_ABSENT;
    }
    found = mapping_get(ts, builtins, name, out);
    if (found == LOOKUP_FOUND && value_is_same(builtins, runtime_state.builtins_dict.v)) {
        Cell *cell = full_cell(ts, builtins, name);
        if (cell != NULL) {
            remember_global(ts, f->globals, name, site, cell, true);
        }
    }
    return found;
}

bool slow_load_global(OPERANDS, CacheSite *site)
{
    Ref value;
    switch (lookup_global(ts, R, site, &value)) {
    case LOOKUP_FOUND:
        return finish0(R, A, value);
    case LOOKUP_ABSENT:
        return raise_not_defined(ts, site->name);
    default:
        return false;
    }
}

bool slow_store_global(OPERANDS, CacheSite *site)
{
    Frame *f = frame_of_slots(R);
    if (dict_set(ts, dict_from(f->globals), site->name, slot_value(R[A])) != STATUS_OK) {
        return false;
    }
    Cell *cell = full_cell(ts, f->globals, site->name);
    if (cell != NULL) {
        remember_global(ts, f->globals, site->name, site, cell, false);
    }
    consume1(R, A);
    return true;
}

bool slow_delete_global(OPERANDS, CacheSite *site)
{
    Lookup found = dict_delete(ts, dict_from(frame_of_slots(R)->globals), site->name);
    return found == LOOKUP_FOUND || (found == LOOKUP_ABSENT && raise_not_defined(ts, site->name));
}

// --- Names of module and class bodies ------------------------------------------------------------

bool slow_load_name(OPERANDS, CacheSite *site)
{
    Ref value;
    Lookup found = mapping_get(ts, frame_of_slots(R)->namespace_.v, site->name, &value);
    if (found == LOOKUP_ABSENT) {
        return slow_load_global(ts, R, A, B, C, site);
    }
    return found == LOOKUP_FOUND && finish0(R, A, value);
}

bool slow_load_class_cell(OPERANDS, CacheSite *site)
{
    Frame *f = frame_of_slots(R);
    Ref value;
    Lookup found = is_error(f->namespace_) ? LOOKUP_ABSENT
                                           : mapping_get(ts, f->namespace_.v, site->name, &value);
    if (found == LOOKUP_ABSENT) {
        return slow_load_cell(ts, R, A, B, C);
    }
    return found == LOOKUP_FOUND && finish0(R, A, value);
}

bool slow_store_name(OPERANDS, CacheSite *site)
{
    Value namespace_ = frame_of_slots(R)->namespace_.v;
    Status status = value_is_exactly(namespace_, KIND_DICT)
                        ? dict_set(ts, dict_from(namespace_), site->name, slot_value(R[A]))
                        : object_set_item(ts, namespace_, site->name, slot_value(R[A]));
    if (status != STATUS_OK) {
        return false;
    }
    consume1(R, A);
    return true;
}

bool slow_delete_name(OPERANDS, CacheSite *site)
{
    Value namespace_ = frame_of_slots(R)->namespace_.v;
    if (is_no_value(namespace_)) {
        return slow_delete_global(ts, R, A, B, C, site);
    }
    if (object_set_item(ts, namespace_, site->name, NO_VALUE) == STATUS_OK) {
        return true;
    }
    return exception_clear_if(ts, EXC_KeyError) && raise_not_defined(ts, site->name);
}

// The mapping that names of the running body go to.
static Value frame_namespace(const Frame *f)
{
    return is_error(f->namespace_) ? f->globals : f->namespace_.v;
}

bool slow_load_namespace(OPERANDS)
{
    return finish0(R, A, ref_new(frame_namespace(frame_of_slots(R))));
}

bool slow_setup_annotations(OPERANDS)
{
    Value namespace_ = frame_namespace(frame_of_slots(R));
    Ref there = NO_REF;
    Lookup found = mapping_get(ts, namespace_, NAME(__annotations__), &there);
    ref_drop(&there);
    if (found != LOOKUP_ABSENT) {
        return found == LOOKUP_FOUND;
    }
    Ref dict = dict_new(ts);
    bool ok = !is_error(dict) &&
              object_set_item(ts, namespace_, NAME(__annotations__), dict.v) == STATUS_OK;
    ref_drop(&dict);
    return ok;
}

// --- Imports -------------------------------------------------------------------------------------

bool slow_import_name(OPERANDS, CacheSite *site)
{
    Frame *f = frame_of_slots(R);
    Value level = slot_value(R[B]), from_list = slot_value(R[B + 1]);
    Ref hook = NO_REF, own = NO_REF, module;
    Value builtins = frame_builtins(f);
    Lookup found =
        is_no_value(builtins) ? LOOKUP_ABSENT : mapping_get(ts, builtins, NAME(__import__), &hook);
    if (found != LOOKUP_FOUND) {
        if (found == LOOKUP_ABSENT) {
            raise(ts, EXC_ImportError, "__import__ not found");
        }
        return false;
    }
    if (value_is_kind(hook.v, KIND_NATIVE_FUNCTION)) {
        module = import_name(ts, site->name, f->globals, from_list,
                             value_is_small_int(level) ? (int)small_int_get(level) : 0);
    } else {
        Value args[5] = {site->name, f->globals, frame_namespace(f), from_list, level};
        module = object_call(ts, hook.v, args, 5, NO_VALUE);
    }
    ref_drop(&own);
    ref_drop(&hook);
    if (is_error(module)) {
        return false;
    }
    drop_range(R, B, 2);
    return finish0(R, A, module);
}

bool slow_import_from(OPERANDS, CacheSite *site)
{
    return finish0(R, A, import_from(ts, slot_value(R[B]), site->name));
}

// Copies one name; those of a module without __all__ that begin with an underscore stay behind.
static Status import_one(ThreadState *ts, Value module, Value name, Value target)
{
    if (!value_is_str(name)) {
        return raise_status(ts, EXC_TypeError, "Item in %R.__all__ must be str, not %T", module,
                            name);
    }
    OWNED Ref value = object_get_attribute(ts, module, name);
    return is_error(value) ? STATUS_ERROR : object_set_item(ts, target, name, value.v);
}

static Status import_all(ThreadState *ts, Value module, Value target)
{
    OWNED Ref names = NO_REF;
    Lookup found = object_lookup_attribute(ts, module, NAME(__all__), &names);
    bool skip_private = found == LOOKUP_ABSENT;
    if (skip_private) {
        OWNED Ref dict = NO_REF;
        found = object_lookup_attribute(ts, module, NAME(__dict__), &dict);
        if (found == LOOKUP_ABSENT) {
            return raise_status(ts, EXC_ImportError,
                                "from-import-* object has no __dict__ and no __all__");
        }
        ref_set(&names, found == LOOKUP_FOUND ? sequence_list(ts, dict.v) : NO_REF);
    }
    if (is_error(names)) {
        return STATUS_ERROR;
    }
    OWNED Ref list = sequence_list(ts, names.v);
    if (is_error(list)) {
        return STATUS_ERROR;
    }
    for (size_t i = 0; i < list_size(list_from(list.v)); i++) {
        OWNED Ref name = list_get(ts, list_from(list.v), i);
        if (is_error(name)) {
            break;
        }
        if (skip_private && value_is_str(name.v) && str_length(name.v) > 0 &&
            str_char(str_from(name.v), 0) == '_') {
            continue;
        }
        if (import_one(ts, module, name.v, target) != STATUS_OK) {
            return STATUS_ERROR;
        }
    }
    return STATUS_OK;
}

bool slow_import_star(OPERANDS)
{
    if (import_all(ts, slot_value(R[A]), frame_namespace(frame_of_slots(R))) != STATUS_OK) {
        return false;
    }
    consume1(R, A);
    return true;
}

bool slow_print_expr(OPERANDS)
{
    Ref hook = sys_attribute(ts, "displayhook");
    if (is_error(hook)) {
        if (!has_exception(ts)) {
            raise(ts, EXC_RuntimeError, "lost sys.displayhook");
        }
        return false;
    }
    Ref result = object_call1(ts, hook.v, slot_value(R[A]));
    ref_drop(&hook);
    if (is_error(result)) {
        return false;
    }
    ref_drop(&result);
    consume1(R, A);
    return true;
}

bool slow_load_build_class(OPERANDS)
{
    Ref value;
    Lookup found =
        mapping_get(ts, frame_builtins(frame_of_slots(R)), NAME(__build_class__), &value);
    if (found == LOOKUP_ABSENT) {
        raise(ts, EXC_NameError, "__build_class__ not found");
        return false;
    }
    return found == LOOKUP_FOUND && finish0(R, A, value);
}

// --- Functions -----------------------------------------------------------------------------------

bool slow_make_function(OPERANDS, uint32_t word)
{
    Frame *f = frame_of_slots(R);
    Value code = f->code->constants[word];
    Ref made = function_new(ts, code, f->globals, frame_builtins(f),
                            shared_ref_peek(&code_from(code)->qualname));
    if (is_error(made)) {
        return false;
    }
    Function *function = (Function *)value_head(made.v);
    SharedRef *const places[4] = {&function->defaults, &function->kw_defaults,
                                  &function->annotations, &function->closure};
    uint32_t next = B;
    for (uint32_t i = 0; i < 4; i++) {
        if ((C & 1u << i) != 0) {
            Ref old = shared_ref_swap(places[i], slot_take(&R[next++]));
            ref_drop(&old);
        }
    }
    // Functions of modules and classes live long and are used by all threads.
    if (POLICY_FREE_THREADED && (f->code->flags & CODE_NEWLOCALS) == 0) {
        head_defer(&function->head);
    }
    return finish0(R, A, made);
}
