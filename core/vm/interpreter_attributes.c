// core/vm/interpreter_attributes.c: attributes that the loop's inline paths did not find,
// and filling the caches for the next time. What can be remembered is
// core/object/attribute.h's knowledge.
#include "core/object/attribute.h"
#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interpreter_slow.h"
#include "core/vm/slot_load.h"

// --- Remembering ---------------------------------------------------------------------------------

static void remember(ThreadState *ts, CacheSite *site, const Access *access)
{
    CacheEntry entry = {
        .guard = access->shape, .cell = access->cell, .offset = (uint16_t)access->offset};
    if (access->offset > UINT16_MAX) {
        return;
    }
    switch (access->kind) {
    case ACCESS_INLINE:
        cache_install_packed(ts, site, CACHE_INLINE, access->shape, access->offset);
        return;
    case ACCESS_OVERFLOW:
        entry.kind = CACHE_OVERFLOW;
        entry.index = access->index;
        break;
    case ACCESS_METHOD:
        entry.kind = CACHE_METHOD;
        break;
    case ACCESS_CLASS_VALUE:
        entry.kind = CACHE_CLASS_VALUE;
        break;
    case ACCESS_PROPERTY:
        entry.kind = CACHE_PROPERTY;
        break;
    case ACCESS_DESCRIPTOR:
        entry.kind = CACHE_DESCRIPTOR;
        break;
    case ACCESS_TYPE_VALUE:
        entry.kind = CACHE_TYPE_VALUE;
        entry.owner = access->owner;
        break;
    case ACCESS_MODULE_VALUE:
        entry.kind = CACHE_MODULE_VALUE;
        entry.guard = access->namespace_id;
        break;
    case ACCESS_ADD:
        entry.kind = CACHE_ADD;
        entry.new_shape = access->new_shape;
        break;
    default:
        entry.kind = CACHE_NONE;
        break;
    }
    cache_install(ts, site, &entry);
}

static void remember_get(ThreadState *ts, CacheSite *site, Value v)
{
    if (!cache_is_frozen(site) && value_is_object(v)) {
        Access access = attribute_find_get(ts, v, site->name);
        remember(ts, site, &access);
    }
}

// --- Reading -------------------------------------------------------------------------------------

// What the cache knows but the loop leaves to us. NO_REF without an exception: it does not apply.
static Ref get_as_remembered(ThreadState *ts, Value v, const CacheEntry *e)
{
    if (e == NULL || !value_is_object(v) ||
        (e = cache_for_shape(e, atomic_load_acquire(&value_head(v)->shape))) == NULL) {
        return NO_REF;
    }
    if (e->kind == CACHE_PLACE) {
        Ref value;
        return access_load(value_head(v), e->guard, e->offset, &value) ? value : NO_REF;
    }
    if (e->kind == CACHE_CLASS_VALUE) {
        return cell_load(e->cell);
    }
    if (e->kind == CACHE_OVERFLOW) {
        Ref value;
        return access_load_overflow(value_head(v), e->guard, e->offset, (uint32_t)e->index, &value)
                   ? value
                   : NO_REF;
    }
    if (e->kind != CACHE_PROPERTY && e->kind != CACHE_METHOD && e->kind != CACHE_DESCRIPTOR) {
        return NO_REF;
    }
    OWNED Ref found = cell_load(e->cell);
    if (is_error(found)) {
        return NO_REF;
    }
    if (e->kind == CACHE_METHOD && value_is_function(found.v)) {
        return bound_method_new(ts, found.v, v);
    }
    Type *t = type_of(found.v);
    return t->slots.descriptor_get == NULL
               ? NO_REF
               : t->slots.descriptor_get(ts, found.v, v, type_value(type_of(v)));
}

// The frame of a remembered property's getter, if that is a plain function. The result goes to A.
static Frame *push_getter(OPERANDS, Value v, const CacheEntry *e)
{
    if (e == NULL || !value_is_object(v) ||
        (e = cache_for_shape(e, atomic_load_acquire(&value_head(v)->shape))) == NULL ||
        e->kind != CACHE_PROPERTY || (type_of(v)->flags & TYPE_HAS_GETATTR) != 0) {
        return NULL;
    }
    OWNED Ref property = cell_load(e->cell);
    if (is_error(property) || !value_is_exactly(property.v, KIND_PROPERTY)) {
        return NULL;
    }
    Property *p = (Property *)value_head(property.v);
    OWNED Ref getter = shared_ref_load(&p->head, &p->get);
    if (is_error(getter) || !value_is_function(getter.v)) {
        return NULL;
    }
    const Code *code = ((const Function *)value_head(getter.v))->code;
    Execution *execution = ts->execution;
    Slot *area = execution_top(execution);
    if (code->simple_arity != 2 || execution->depth >= execution->depth_limit ||
        area > execution->limit || (size_t)(execution->limit - area) < code->slot_count) {
        return NULL;
    }
    if (B >= temp_base_of(R)) {
        area[0] = R[B];
        R[B] = NO_SLOT;
    } else {
        area[0] = slot_borrow(v);
    }
    Slot callee = slot_own(ref_take(&getter));
    Frame *f = frame_push_call(ts, &callee, area, 1, NO_VALUE);
    ASSERT(f != NULL);
    f->destination = (uint16_t)A;
    f->resume_words = 2;
    return f;
}

// The loop could not count what an inline place holds: it is another thread's, and nobody
// else has read it yet. With the lock it can be counted, and be shared from now on.
// NO_REF: it does not apply.
static Ref get_with_lock(Value v, uint64_t word)
{
    if (!POLICY_FREE_THREADED || !process_is_threaded() || !value_is_object(v)) {
        return NO_REF;
    }
    ObjectHead *o = value_head(v);
    uint32_t shape = atomic_load_acquire(&o->shape);
    bool is_packed = (word & CACHE_KIND_MASK) == CACHE_INLINE;
    const CacheEntry *e = is_packed ? NULL : cache_for_shape(cache_entry(word), shape);
    if (is_packed ? (uint32_t)(word >> 32) != shape : e == NULL || e->kind != CACHE_PLACE) {
        return NO_REF;
    }
    uint32_t offset = is_packed ? cache_packed_offset(word) : e->offset;
    Ref value = NO_REF;
    if (brief_lock(o)) {
        if (atomic_load_relaxed(&o->shape) == shape) {
            value = shared_ref_load_locked((const SharedRef *)((const char *)o + offset));
        }
        brief_unlock(o);
    }
    return value;
}

bool slow_load_attr(OPERANDS, CacheSite *site, Frame **frame)
{
    Value v = slot_value(R[B]);
    *frame = push_getter(ts, R, A, B, C, v, cache_entry(cache_read(site)));
    if (*frame != NULL) {
        return true;
    }
    uint64_t word = cache_read(site);
    Ref value = get_as_remembered(ts, v, cache_entry(word));
    if (is_error(value) && !has_exception(ts)) {
        value = get_with_lock(v, word);
    }
    if (is_error(value)) {
        if (has_exception(ts)) {
            // A property's AttributeError may still be answered by __getattr__.
            if ((type_of(v)->flags & TYPE_HAS_GETATTR) == 0 ||
                !exception_clear_if(ts, EXC_AttributeError)) {
                return false;
            }
        } else {
            remember_get(ts, site, v);
        }
        value = object_get_attribute(ts, v, site->name);
    }
    return finish1(R, A, B, value);
}

// --- Methods -------------------------------------------------------------------------------------

// Puts a callable and self (NO_REF: none) into an area, B consumed.
static bool finish_method(Slot *R, uint32_t A, uint32_t B, Ref callable, Ref self)
{
    Slot stolen = slot_steal(R, B, temp_base_of(R));
    R[A] = slot_own(callable);
    R[A + CALL_SELF_AT] = slot_own(self);
    stolen_drop(stolen);
    return true;
}

// A remembered staticmethod, or classmethod of a function: what to call, and with whom in front.
static Ref load_wrapped(Value v, const CacheEntry *e, Ref *self)
{
    OWNED Ref found = cell_load(e->cell);
    *self = NO_REF;
    if (is_error(found)) {
        return NO_REF;
    }
    const Type *type = type_of(found.v);
    bool is_static = type == TYPE_OF_KIND(STATIC_METHOD);
    if (!is_static && type != TYPE_OF_KIND(CLASS_METHOD)) {
        return NO_REF;
    }
    MethodWrap *wrap = (MethodWrap *)value_head(found.v);
    OWNED Ref function = shared_ref_load(&wrap->head, &wrap->function);
    if (is_error(function) || (!is_static && !value_is_function(function.v))) {
        return NO_REF;
    }
    if (!is_static) {
        *self = ref_new(type_value(type_of(v)));
    }
    return ref_take(&function);
}

bool slow_load_method(OPERANDS, CacheSite *site)
{
    Value v = slot_value(R[B]), name = site->name;
    if (value_is_object(v)) {
        const CacheEntry *e = cache_for_shape(cache_entry(cache_read(site)),
                                              atomic_load_acquire(&value_head(v)->shape));
        if (e != NULL && e->kind == CACHE_METHOD) {
            Slot callable;
            if (slot_load(&e->cell->value, &callable)) {
                if (slot_is_method_like(callable)) {
                    Slot self = B >= temp_base_of(R) ? R[B] : slot_borrow(v);
                    if (B >= temp_base_of(R)) {
                        R[B] = NO_SLOT;
                    }
                    R[A] = callable;
                    R[A + CALL_SELF_AT] = self;
                    return true;
                }
                stolen_drop(callable);
            }
        } else if (e != NULL && e->kind == CACHE_DESCRIPTOR) {
            Ref self;
            Ref callable = load_wrapped(v, e, &self);
            if (!is_error(callable)) {
                return finish_method(R, A, B, callable, self);
            }
        }
        Access access = attribute_find_get(ts, v, name);
        if (!cache_is_frozen(site)) {
            remember(ts, site, &access);
        }
        if (access.kind == ACCESS_METHOD) {
            Ref callable = cell_load(access.cell);
            if (!is_error(callable)) {
                return finish_method(R, A, B, callable, ref_new(v));
            }
        }
    } else {
        // The methods of numbers and constants.
        Ref callable =
            type_of(v)->slots.get_attribute == NULL ? type_lookup(ts, type_of(v), name) : NO_REF;
        if (!is_error(callable) && value_is_kind(callable.v, KIND_METHOD_DESCRIPTOR)) {
            return finish_method(R, A, B, callable, ref_new(v));
        }
        ref_drop(&callable);
    }
    Ref callable = object_get_attribute(ts, v, name);
    return !is_error(callable) && finish_method(R, A, B, callable, NO_REF);
}

// --- super() -------------------------------------------------------------------------------------

// What super(type, self).name finds in the classes behind `type`.
// NO_REF: nothing, or not the plain case.
static Ref find_behind(ThreadState *ts, const Type *type, Value self, Value name)
{
    const Type *own = type_of(self);
    Value mro = shared_ref_peek(&own->mro);
    size_t count = is_no_value(mro) ? 0 : tuple_count(mro), i = 0;
    while (i < count && type_from(tuple_item(mro, i)) != type) {
        i++;
    }
    for (i++; i < count; i++) {
        Type *at = type_from(tuple_item(mro, i));
        Cell *cell = namespace_cell(ts, dict_from(shared_ref_peek(&at->namespace_)), name, false);
        Ref found = cell == NULL ? NO_REF : cell_load(cell);
        if (!is_error(found)) {
            return found;
        }
    }
    return NO_REF;
}

bool slow_load_super(OPERANDS, CacheSite *site, bool method)
{
    Value super = slot_value(R[B]), type = slot_value(R[B + 1]), self = slot_value(R[B + 2]);
    bool is_plain = value_is_same(super, type_value(TYPE_OF_KIND(SUPER))) && value_is_type(type) &&
                    !value_is_same(site->name, NAME(__class__));
    Ref found = is_plain ? find_behind(ts, type_from(type), self, site->name) : NO_REF;
    if (method && !is_error(found) &&
        (value_is_function(found.v) || value_is_kind(found.v, KIND_METHOD_DESCRIPTOR))) {
        Ref receiver = ref_new(self);
        drop_range(R, B, 3);
        R[A] = slot_own(found);
        R[A + CALL_SELF_AT] = slot_own(receiver);
        return true;
    }
    ref_drop(&found);
    Ref proxy = object_call2(ts, super, type, self);
    if (is_error(proxy)) {
        return false;
    }
    Ref value = object_get_attribute(ts, proxy.v, site->name);
    ref_drop(&proxy);
    if (is_error(value)) {
        return false;
    }
    drop_range(R, B, 3);
    if (method) {
        R[A] = slot_own(value);
        R[A + CALL_SELF_AT] = NO_SLOT;
        return true;
    }
    return finish0(R, A, value);
}

// --- Writing -------------------------------------------------------------------------------------

// The remembered store, with the object's lock:
// what the loop does itself while there is one thread.
static bool store_as_remembered(ThreadState *ts, Value v, uint64_t word, Value value, Ref *old)
{
    *old = NO_REF;
    if (!value_is_object(v) || word == 0) {
        return false;
    }
    ObjectHead *o = value_head(v);
    Ref r = ref_new(value);
    const CacheEntry *e = cache_entry(word);
    bool done = false;
    if (e != NULL) {
        e = cache_for_shape(e, atomic_load_relaxed(&o->shape));
        if (e == NULL) {
            ref_drop(&r);
            return false;
        }
    }
    if (e == NULL) {
        uint32_t shape = (uint32_t)(word >> 32);
        done = shape == atomic_load_relaxed(&o->shape) &&
               access_store(ts, o, shape, cache_packed_offset(word), r, old);
    } else if (e->kind == CACHE_PLACE) {
        done = access_store(ts, o, e->guard, e->offset, r, old);
    } else if (e->kind == CACHE_ADD) {
        done = access_add(ts, o, e->guard, e->offset, (uint32_t)e->new_shape, r);
    } else if (e->kind == CACHE_OVERFLOW) {
        done = access_store_overflow(ts, o, e->guard, e->offset, (uint32_t)e->index, r, old);
    }
    if (!done) {
        ref_drop(&r);
    }
    return done;
}

bool slow_store_attr(OPERANDS, CacheSite *site)
{
    Value v = slot_value(R[A]), value = slot_value(R[B]);
    Ref old;
    if (!store_as_remembered(ts, v, cache_read(site), value, &old)) {
        Access access = {.kind = ACCESS_NONE};
        bool learn = value_is_object(v) && !cache_is_frozen(site);
        if (learn) {
            access = attribute_find_set(ts, v, site->name);
        }
        if (object_set_attribute(ts, v, site->name, value) != STATUS_OK) {
            return false;
        }
        if (learn) {
            remember(ts, site, &access);
        }
    }
    uint32_t temp_base = temp_base_of(R);
    Slot a = slot_steal(R, A, temp_base), b = slot_steal(R, B, temp_base);
    ref_drop(&old);
    stolen_drop(a);
    stolen_drop(b);
    return true;
}

bool slow_delete_attr(OPERANDS, CacheSite *site)
{
    if (object_set_attribute(ts, slot_value(R[A]), site->name, NO_VALUE) != STATUS_OK) {
        return false;
    }
    consume1(R, A);
    return true;
}
