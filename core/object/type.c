// core/object/type.c: the static types, what they are called, which is a subtype of which.
#include "core/object/type.h"

#include <string.h>

#include "core/object/error.h"
#include "core/object/shape.h"
#include "core/object/type_internal.h"

Type builtin_types[KIND_COUNT];
Type exception_types[EXC_COUNT];

// A class may be renamed while somebody holds type_name()'s result,
// so old texts stay until it dies.
typedef struct NameText {
    struct NameText *previous;
    char text[];
} NameText;

const char *type_name(const Type *t)
{
    if (t->spec != NULL && !type_is_heap(t)) {
        return t->spec->name;
    }
    // acquire: pairs with the release in type_set_name_text.
    const NameText *text = atomic_load_acquire(&t->name_text);
    return text == NULL ? "?" : text->text;
}

Status type_set_name_text(ThreadState *ts, Type *t, Value name)
{
    size_t size;
    const char *utf8 = str_utf8(ts, name, &size);
    NameText *text = utf8 == NULL ? NULL : raw_alloc(ts, sizeof *text + size + 1);
    if (text == NULL) {
        return STATUS_ERROR;
    }
    memcpy(text->text, utf8, size);
    text->text[size] = '\0';
    text->previous = t->name_text;
    atomic_store_release(&t->name_text, (void *)text);
    return STATUS_OK;
}

static void free_name_texts(ThreadState *ts, Type *t)
{
    NameText *text = t->name_text;
    t->name_text = NULL;
    while (text != NULL) {
        NameText *previous = text->previous;
        raw_free(ts, text);
        text = previous;
    }
}

bool type_is_subtype(const Type *t, const Type *of)
{
    if (t == of) {
        return true;
    }
    Value mro = type_mro(t);
    if (UNLIKELY(is_no_value(mro))) { // during start-up, or a class that was cleared
        while (t != NULL && t != of) {
            t = type_base(t);
        }
        return t == of || of == TYPE_OF_KIND(OBJECT);
    }
    size_t count = tuple_count(mro);
    for (size_t i = 1; i < count; i++) {
        if (tuple_item(mro, i).bits == (uintptr_t)of) {
            return true;
        }
    }
    return false;
}

// --- Types as objects: memory --------------------------------------------------------------------

void type_traverse(ObjectHead *o, Visitor visit, void *context)
{
    Type *t = (Type *)o;
    if (!type_is_heap(t)) {
        return;
    }
    SharedRef *const fields[] = {&t->name, &t->qualname,   &t->base,      &t->bases,
                                 &t->mro,  &t->namespace_, &t->slot_names};
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        visit(shared_ref_peek(fields[i]), EDGE_COUNTED, context);
    }
}

static void leave_bases(Type *t)
{
    Value bases = shared_ref_peek(&t->bases);
    for (size_t i = 0; !is_no_value(bases) && i < tuple_count(bases); i++) {
        type_remove_subclass(type_from(tuple_item(bases, i)), t);
    }
}

// What makes up cycles: namespace and MRO.
// The bases stay, they tell a late instance how it is laid out.
void type_clear(ThreadState *ts, ObjectHead *o)
{
    Type *t = (Type *)o;
    if (type_is_heap(t)) {
        Value namespace_ = shared_ref_peek(&t->namespace_);
        if (!is_no_value(namespace_)) {
            dict_clear(ts, dict_from(namespace_));
        }
        shared_ref_clear(&t->mro);
        leave_bases(t);
    }
}

void type_finish(ThreadState *ts, ObjectHead *o)
{
    Type *t = (Type *)o;
    type_caches_forget(ts);
    leave_bases(t);
    shapes_free_of_type_stopped(t);
    SharedRef *const fields[] = {&t->name, &t->qualname,   &t->bases,     &t->base,
                                 &t->mro,  &t->namespace_, &t->slot_names};
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        shared_ref_clear(fields[i]);
    }
    free_name_texts(ts, t);
    raw_free(ts, t->subclasses);
    t->subclasses = NULL;
}
