// core/object/shape.c: the trees of shapes. See shape.h.
//
// One mutex guards every change; nothing that waits or runs script code happens under it. Readers
// take no lock: a shape's children and its table are immutable arrays, replaced as a whole.
#include "core/object/shape.h"

#include <pthread.h>
#include <stdlib.h>

#include "alloc/heap.h"
#include "core/object/object.h"
#include "core/object/str.h"

ShapeEntry *shape_blocks[SHAPE_BLOCKS];

enum { BLOCK_ENTRIES = 1 << SHAPE_BLOCK_BITS, TABLE_FROM = 5 };

typedef struct ShapeChildren {
    uint32_t count, capacity;
    Shape *items[];
} ShapeChildren;

typedef struct ShapeTable {
    uint32_t mask;
    struct {
        Value name;
        int32_t index;
    } rows[];
} ShapeTable;

static pthread_mutex_t shapes_mutex = PTHREAD_MUTEX_INITIALIZER;
static ShapeEntry first_block[BLOCK_ENTRIES];
static uint32_t next_id = KIND_COUNT + EXC_COUNT; // shapes_mutex
static Shape *free_shapes;                        // shapes_mutex: to be used again, with their ids

void shapes_init(void) { shape_blocks[0] = first_block; }

static uint32_t hash_name(Value name) { return (uint32_t)((name.bits >> 4) * 0x9E3779B1u) >> 7; }

// --- Looking up ----------------------------------------------------------------------------------

static int find_in_chain(const Shape *shape, Value name)
{
    for (; shape->parent != NULL; shape = shape->parent) {
        if (shape->last_name.bits == name.bits) {
            return shape->is_deletion ? -1 : shape->index;
        }
    }
    return -1;
}

static ShapeTable *make_table(Shape *shape)
{
    ShapeItem items[SHAPE_ATTRIBUTES_MAX];
    size_t count = shape_items(shape, items);
    uint32_t size = 8;
    while (size < count * 2) {
        size *= 2;
    }
    ShapeTable *table = calloc(1, sizeof *table + size * sizeof table->rows[0]);
    if (table == NULL) {
        return NULL;
    }
    table->mask = size - 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t h = hash_name(items[i].name) & table->mask;
        while (table->rows[h].name.bits != 0) {
            h = (h + 1) & table->mask;
        }
        table->rows[h].name = items[i].name;
        table->rows[h].index = (int32_t)items[i].index;
    }
    ShapeTable *expected = NULL;
    // release: pairs with the acquire in shape_find.
    if (!atomic_cas_acq_rel(&shape->table, &expected, table)) {
        free(table);
        return expected;
    }
    return table;
}

int shape_find(Shape *shape, Value name)
{
    if (shape->count < TABLE_FROM) {
        return find_in_chain(shape, name);
    }
    // acquire: pairs with the exchange in make_table.
    ShapeTable *table = atomic_load_acquire(&shape->table);
    if (UNLIKELY(table == NULL) && (table = make_table(shape)) == NULL) {
        return find_in_chain(shape, name);
    }
    for (uint32_t h = hash_name(name) & table->mask;; h = (h + 1) & table->mask) {
        if (table->rows[h].name.bits == name.bits) {
            return table->rows[h].index;
        }
        if (table->rows[h].name.bits == 0) {
            return -1;
        }
    }
}

size_t shape_items(const Shape *shape, ShapeItem items[SHAPE_ATTRIBUTES_MAX])
{
    uint64_t dead = 0;
    size_t start = SHAPE_ATTRIBUTES_MAX;
    for (; shape->parent != NULL; shape = shape->parent) {
        if (shape->is_deletion) {
            dead |= (uint64_t)1 << shape->index;
        } else if ((dead >> shape->index & 1) == 0) {
            items[--start] = (ShapeItem){shape->last_name, shape->index};
        }
    }
    size_t count = SHAPE_ATTRIBUTES_MAX - start;
    memmove(items, items + start, count * sizeof items[0]);
    return count;
}

// --- Making --------------------------------------------------------------------------------------

// An id and its entry. False: no memory or no ids left.
static bool take_id_locked(uint32_t *id)
{
    uint32_t block = next_id >> SHAPE_BLOCK_BITS;
    if (block >= SHAPE_BLOCKS) {
        return false;
    }
    if (shape_blocks[block] == NULL) {
        ShapeEntry *entries = calloc(BLOCK_ENTRIES, sizeof *entries);
        if (entries == NULL) {
            return false;
        }
        // release: pairs with the acquire in shape_entry.
        atomic_store_release(&shape_blocks[block], entries);
    }
    *id = next_id++;
    return true;
}

static void publish_locked(Shape *shape, Type *type)
{
    shape->type = type;
    shape->next_of_type = type->shapes;
    type->shapes = shape;
    ShapeEntry *entry = shape_entry(shape->id);
    // relaxed: the id reaches others with the release that stores it
    // into a header or into the tree.
    atomic_store_relaxed(&entry->type, type);
    atomic_store_relaxed(&entry->shape, shape);
}

// A shape with an id and nothing else; NULL without an exception.
static Shape *new_shape_locked(void)
{
    Shape *shape = free_shapes;
    if (shape != NULL) {
        free_shapes = shape->next_of_type;
        uint32_t id = shape->id;
        memset(shape, 0, sizeof *shape);
        shape->id = id;
        return shape;
    }
    shape = calloc(1, sizeof *shape);
    if (shape != NULL && !take_id_locked(&shape->id)) {
        free(shape);
        shape = NULL;
    }
    return shape;
}

Status shape_register(ThreadState *ts, Type *type, uint32_t id)
{
    ShapeEntry *entry = shape_entry(id);
    entry->type = type;
    if ((type->flags & TYPE_HAS_DICT) != 0) {
        Shape *shape = calloc(1, sizeof *shape);
        if (shape == NULL) {
            (void)raise_no_memory(ts);
            return STATUS_ERROR;
        }
        shape->id = id;
        publish_locked(shape, type);
    }
    type->shape = id;
    return STATUS_OK;
}

Shape *shape_make_root(ThreadState *ts, Type *type, uint32_t inline_count)
{
    pthread_mutex_lock(&shapes_mutex);
    Shape *shape = type->shapes;
    while (shape != NULL &&
           (shape->parent != NULL || shape->is_dictionary || shape->inline_count != inline_count)) {
        shape = shape->next_of_type;
    }
    if (shape == NULL && (shape = new_shape_locked()) != NULL) {
        shape->inline_count = (uint16_t)inline_count;
        publish_locked(shape, type);
    }
    pthread_mutex_unlock(&shapes_mutex);
    if (shape == NULL) {
        (void)raise_no_memory(ts);
    }
    return shape;
}

Shape *shape_of_dictionary(ThreadState *ts, Type *type)
{
    uint32_t id = atomic_load_acquire(&type->dict_shape);
    if (LIKELY(id != 0)) {
        return shape_entry(id)->shape;
    }
    pthread_mutex_lock(&shapes_mutex);
    Shape *shape = NULL;
    if (type->dict_shape != 0) {
        shape = shape_entry(type->dict_shape)->shape;
    } else if ((shape = new_shape_locked()) != NULL) {
        shape->is_dictionary = true;
        publish_locked(shape, type);
        // release: pairs with the acquire above.
        atomic_store_release(&type->dict_shape, shape->id);
    }
    pthread_mutex_unlock(&shapes_mutex);
    if (shape == NULL) {
        (void)raise_no_memory(ts);
    }
    return shape;
}

// --- Transitions ---------------------------------------------------------------------------------

static Shape *find_child(Shape *shape, Value name, bool deletion)
{
    // acquire: pairs with the release in add_child_locked.
    ShapeChildren *children = atomic_load_acquire(&shape->children);
    if (children == NULL) {
        return NULL;
    }
    uint32_t count = atomic_load_acquire(&children->count);
    for (uint32_t i = 0; i < count; i++) {
        Shape *child = children->items[i];
        if (child->last_name.bits == name.bits && child->is_deletion == deletion) {
            return child;
        }
    }
    return NULL;
}

// *old: an array to be freed after a grace period, by the caller, unlocked.
static bool add_child_locked(ThreadState *ts, Shape *shape, Shape *child, ShapeChildren **old)
{
    ShapeChildren *children = shape->children;
    uint32_t count = children == NULL ? 0 : children->count;
    if (children == NULL || count == children->capacity) {
        uint32_t capacity = count == 0 ? 1 : count * 2;
        ShapeChildren *larger =
            heap_alloc_raw(ts->heap, sizeof *larger + capacity * sizeof(Shape *));
        if (larger == NULL) {
            return false;
        }
        larger->capacity = capacity;
        larger->count = count;
        if (count > 0) {
            memcpy(larger->items, children->items, count * sizeof(Shape *));
        }
        *old = children;
        children = larger;
    }
    children->items[count] = child;
    // release, both: pair with the acquires in find_child.
    atomic_store_release(&children->count, count + 1);
    atomic_store_release(&shape->children, children);
    return true;
}

static Shape *make_child(ThreadState *ts, Shape *shape, Value name, bool deletion, uint32_t index)
{
    ShapeChildren *old = NULL;
    pthread_mutex_lock(&shapes_mutex);
    Shape *child = find_child(shape, name, deletion);
    bool is_full = shape->children != NULL && shape->children->count >= SHAPE_CHILDREN_MAX;
    if (child == NULL && !is_full && (child = new_shape_locked()) != NULL) {
        child->count = (uint16_t)(shape->count + (deletion ? 0 : 1));
        child->inline_count = shape->inline_count;
        child->is_deletion = deletion;
        child->index = (uint8_t)index;
        child->parent = shape;
        child->last_name = ref_new(name).v;
        publish_locked(child, shape->type);
        if (!add_child_locked(ts, shape, child, &old)) {
            // It stays in the type's list, unreachable, until the type dies.
            child = NULL;
        }
    }
    pthread_mutex_unlock(&shapes_mutex);
    raw_free_shared(ts, old);
    return child;
}

// Out of memory means dictionary mode, which then reports it if it cannot be had either.
Shape *shape_add(ThreadState *ts, Shape *shape, Value name)
{
    Shape *child = find_child(shape, name, false);
    if (LIKELY(child != NULL)) {
        return child;
    }
    // The attribute that was deleted last comes back to its old place.
    if (shape->is_deletion && shape->last_name.bits == name.bits && !shape->parent->is_deletion &&
        shape->parent->last_name.bits == name.bits) {
        return shape->parent;
    }
    if (shape->count >= SHAPE_ATTRIBUTES_MAX) {
        return NULL;
    }
    child = make_child(ts, shape, name, false, shape->count);
    Type *type = shape->type;
    if (child != NULL && child->count > atomic_load_relaxed(&type->attributes_max)) {
        atomic_store_relaxed(&type->attributes_max,
                             (uint32_t)child->count); // a hint: races are harmless
    }
    return child;
}

Shape *shape_remove(ThreadState *ts, Shape *shape, Value name)
{
    int index = shape_find(shape, name);
    ASSERT(index >= 0);
    Shape *child = find_child(shape, name, true);
    return child != NULL ? child : make_child(ts, shape, name, true, (uint32_t)index);
}

// --- The end -------------------------------------------------------------------------------------

void shapes_free_of_type_stopped(Type *type)
{
    pthread_mutex_lock(&shapes_mutex);
    Shape *shape = type->shapes;
    type->shapes = NULL;
    while (shape != NULL) {
        Shape *next = shape->next_of_type;
        value_release(shape->last_name);
        heap_free_raw(NULL, shape->children);
        free(shape->table);
        shape_entry(shape->id)->type = NULL;
        shape_entry(shape->id)->shape = NULL;
        shape->next_of_type = free_shapes;
        free_shapes = shape;
        shape = next;
    }
    pthread_mutex_unlock(&shapes_mutex);
}
