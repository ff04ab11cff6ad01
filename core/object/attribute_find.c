// core/object/attribute_find.c: descriptions of attribute accesses for inline caches.
// See attribute.h.
#include "core/object/attribute.h"
#include "core/object/descriptors.h"
#include "core/object/function.h"
#include "core/object/instance.h"
#include "core/object/module.h"
#include "core/object/shape.h"
#include "core/object/type_internal.h"

static const Access no_access;

// Where a member of __slots__ lies, if that is the same in all instances.
static bool member_offset(Value v, const Type *t, uint32_t *offset)
{
    if (!value_is_exactly(v, KIND_MEMBER_DESCRIPTOR)) {
        return false;
    }
    const MemberDescriptor *m = (const MemberDescriptor *)value_head(v);
    *offset = m->offset;
    return !m->from_extra && !m->is_optional && type_is_subtype(t, m->owner);
}

// The object's own attribute at a place of its shape.
static Access place_access(const ObjectHead *o, const Type *t, const Shape *shape, uint32_t index)
{
    Access a = {.shape = shape->id};
    uint32_t word = t->basic_size;
    if (index < shape->inline_count) {
        a.kind = ACCESS_INLINE;
        a.offset = word + (1 + index) * (uint32_t)sizeof(SharedRef);
    } else {
        a.kind = ACCESS_OVERFLOW;
        a.offset = word;
        a.index = index - shape->inline_count;
    }
    return a;
}

// An attribute of the class, found in `cell`, of an object that has none of its own of that name.
static AccessKind class_access_kind(Value found, const Type *t)
{
    if (value_is_function(found)) {
        return ACCESS_METHOD;
    }
    if (value_is_exactly(found, KIND_METHOD_DESCRIPTOR)) {
        const MethodDescriptor *m = (const MethodDescriptor *)value_head(found);
        return type_is_subtype(t, m->owner) ? ACCESS_METHOD : ACCESS_NONE;
    }
    return type_of(found)->slots.descriptor_get == NULL ? ACCESS_CLASS_VALUE : ACCESS_DESCRIPTOR;
}

static Access find_instance_get(ThreadState *ts, Value v, Type *t, Value name)
{
    ObjectHead *o = value_head(v);
    uint32_t id = atomic_load_acquire(&o->shape);
    Shape *shape = shape_entry(id)->shape;
    Access a = {.shape = id, .cell = type_lookup_cell(ts, t, name)};
    OWNED Ref found = a.cell == NULL ? NO_REF : cell_load(a.cell);
    if (!is_error(found) && type_of(found.v)->slots.descriptor_set != NULL) {
        if (member_offset(found.v, t, &a.offset)) {
            a.kind = ACCESS_INLINE;
        } else if (value_is_exactly(found.v, KIND_PROPERTY)) {
            a.kind = ACCESS_PROPERTY;
        } else if (type_of(found.v)->slots.descriptor_get != NULL) {
            a.kind = ACCESS_DESCRIPTOR;
        }
        return a;
    }
    if (type_has_dict(t)) {
        if (shape == NULL || shape->is_dictionary || shape->type != t) {
            return no_access;
        }
        int index = shape_find(shape, name);
        if (index >= 0) {
            return (t->flags & TYPE_VAR_SIZE) != 0 ? no_access
                                                   : place_access(o, t, shape, (uint32_t)index);
        }
    } else if (o->kind == KIND_FUNCTION) {
        return no_access; // it may have attributes of its own
    }
    if (is_error(found)) {
        return no_access;
    }
    a.kind = class_access_kind(found.v, t);
    return a;
}

static Access find_type_get(ThreadState *ts, Value v, Type *metatype, Value name)
{
    Type *t = type_from(v);
    Cell *meta = type_lookup_cell(ts, metatype, name);
    OWNED Ref shadow = meta == NULL ? NO_REF : cell_load(meta);
    if (!is_error(shadow) && type_of(shadow.v)->slots.descriptor_set != NULL) {
        return no_access;
    }
    Access a = {.owner = t, .cell = type_lookup_cell(ts, t, name)};
    OWNED Ref found = a.cell == NULL ? NO_REF : cell_load(a.cell);
    if (is_error(found)) {
        return no_access;
    }
    bool needs_binding = type_of(found.v)->slots.descriptor_get != NULL &&
                         !value_is_function(found.v) &&
                         !value_is_exactly(found.v, KIND_METHOD_DESCRIPTOR);
    a.kind = needs_binding ? ACCESS_TYPE_DESCRIPTOR : ACCESS_TYPE_VALUE;
    return a;
}

static Access find_module_get(ThreadState *ts, Value v, Type *t, Value name)
{
    Cell *meta = type_lookup_cell(ts, t, name);
    OWNED Ref shadow = meta == NULL ? NO_REF : cell_load(meta);
    Dict *d = module_dict(v);
    uint32_t id = atomic_load_relaxed(&d->namespace_id);
    if (id == 0 || (!is_error(shadow) && type_of(shadow.v)->slots.descriptor_set != NULL)) {
        return no_access;
    }
    Cell *cell = namespace_cell(ts, d, name, false);
    if (cell == NULL || is_no_value(shared_ref_peek(&cell->value))) {
        exception_clear(ts);
        return no_access;
    }
    return (Access){.kind = ACCESS_MODULE_VALUE, .namespace_id = id, .cell = cell};
}

Access attribute_find_get(ThreadState *ts, Value v, Value name)
{
    if (!value_is_object(v)) {
        return no_access;
    }
    Type *t = type_of(v);
    if ((t->flags & TYPE_GENERIC_GET) != 0) {
        return find_instance_get(ts, v, t, name);
    }
    if (value_is_type(v) && t->plain_get_attribute == type_get_attribute) {
        return find_type_get(ts, v, t, name);
    }
    if (value_is_kind(v, KIND_MODULE) &&
        t->plain_get_attribute == TYPE_OF_KIND(MODULE)->slots.get_attribute) {
        return find_module_get(ts, v, t, name);
    }
    return no_access;
}

Access attribute_find_set(ThreadState *ts, Value v, Value name)
{
    Type *t = type_of(v);
    if (!value_is_object(v) || (t->flags & TYPE_GENERIC_SET) == 0 ||
        (t->flags & TYPE_VAR_SIZE) != 0) {
        return no_access;
    }
    ObjectHead *o = value_head(v);
    uint32_t id = atomic_load_acquire(&o->shape);
    Shape *shape = shape_entry(id)->shape;
    Cell *cell = type_lookup_cell(ts, t, name);
    OWNED Ref found = cell == NULL ? NO_REF : cell_load(cell);
    if (!is_error(found) && type_of(found.v)->slots.descriptor_set != NULL) {
        uint32_t offset;
        bool is_place = member_offset(found.v, t, &offset) &&
                        !((const MemberDescriptor *)value_head(found.v))->read_only;
        return is_place ? (Access){.kind = ACCESS_INLINE, .shape = id, .offset = offset}
                        : no_access;
    }
    if (!type_has_dict(t) || shape == NULL || shape->is_dictionary || shape->type != t) {
        return no_access;
    }
    int index = shape_find(shape, name);
    if (index >= 0) {
        return place_access(o, t, shape, (uint32_t)index);
    }
    Shape *next = shape_add(ts, shape, name);
    if (next == NULL || next->index >= next->inline_count) {
        return no_access;
    }
    Access a = place_access(o, t, next, next->index);
    a.kind = ACCESS_ADD;
    a.shape = id;
    a.new_shape = next->id;
    return a;
}
