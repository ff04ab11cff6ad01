// core/modules/sha512.c: the module _sha512: SHA-384 and SHA-512 of OpenSSL.
// Threads  a digest's state is used under its object's lock.
#include <openssl/evp.h>

#include "core/object/bytes.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct Sha512 {
    ObjectHead head;
    EVP_MD_CTX *context; // lock; NULL: could not be made
    bool is_384;
} Sha512;

static inline Sha512 *sha_from(Value v) { return (Sha512 *)value_head(v); }

static Ref raise_failure(ThreadState *ts)
{
    return raise(ts, EXC_ValueError, "the digest could not be computed");
}

static Ref sha_new(ThreadState *ts, bool is_384)
{
    Sha512 *s = object_new(ts, KIND_SHA512, sizeof *s);
    if (s == NULL) {
        return NO_REF;
    }
    s->is_384 = is_384;
    s->context = EVP_MD_CTX_new();
    OWNED Ref made = REF_FROM_NEW(s);
    return s->context == NULL ? raise_no_memory(ts) : ref_take(&made);
}

static Ref update_with(ThreadState *ts, Sha512 *s, Value data)
{
    BufferView view;
    if (value_is_str(data)) {
        return raise(ts, EXC_TypeError, "Strings must be encoded before hashing");
    }
    if (!value_is_bytes(data) && type_of(data)->slots.buffer == NULL) {
        return raise(ts, EXC_TypeError, "object supporting the buffer API required");
    }
    if (buffer_get(ts, data, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    int ok = 0;
    CRITICAL_SECTION(ts, &s->head) { ok = EVP_DigestUpdate(s->context, view.data, view.size); }
    buffer_release(ts, &view);
    return ok == 1 ? REF_NONE : raise_failure(ts);
}

static Ref make(ThreadState *ts, Value data, bool is_384)
{
    OWNED Ref made = sha_new(ts, is_384);
    if (is_error(made)) {
        return NO_REF;
    }
    Sha512 *s = sha_from(made.v);
    if (EVP_DigestInit_ex(s->context, is_384 ? EVP_sha384() : EVP_sha512(), NULL) != 1) {
        return raise_failure(ts);
    }
    if (!is_no_value(data)) {
        OWNED Ref done = update_with(ts, s, data);
        if (is_error(done)) {
            return NO_REF;
        }
    }
    return ref_take(&made);
}

static Ref make_sha512(ThreadState *ts, Value self, const Value *args)
{
    return make(ts, args[0], false);
}
static Ref make_sha384(ThreadState *ts, Value self, const Value *args)
{
    return make(ts, args[0], true);
}

static Ref copy(ThreadState *ts, Value self, const Value *args)
{
    Sha512 *s = sha_from(self);
    OWNED Ref made = sha_new(ts, s->is_384);
    if (is_error(made)) {
        return NO_REF;
    }
    int ok = 0;
    CRITICAL_SECTION(ts, &s->head)
    {
        ok = EVP_MD_CTX_copy_ex(sha_from(made.v)->context, s->context);
    }
    return ok == 1 ? ref_take(&made) : raise_failure(ts);
}

// The digest so far: computed on a copy.
static bool digest_of(ThreadState *ts, Sha512 *s, uint8_t *out, unsigned *size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok = 0;
    if (context != NULL) {
        CRITICAL_SECTION(ts, &s->head) { ok = EVP_MD_CTX_copy_ex(context, s->context); }
        ok = ok == 1 && EVP_DigestFinal_ex(context, out, size) == 1;
        EVP_MD_CTX_free(context);
    }
    return ok == 1;
}

static Ref digest(ThreadState *ts, Value self, const Value *args)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned size;
    return digest_of(ts, sha_from(self), out, &size) ? bytes_new(ts, out, size) : raise_failure(ts);
}

static Ref hexdigest(ThreadState *ts, Value self, const Value *args)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t out[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE];
    unsigned size;
    if (!digest_of(ts, sha_from(self), out, &size)) {
        return raise_failure(ts);
    }
    for (unsigned i = 0; i < size; i++) {
        text[2 * i] = digits[out[i] >> 4];
        text[2 * i + 1] = digits[out[i] & 15];
    }
    return str_from_ascii(ts, text, 2 * (size_t)size);
}

static Ref update(ThreadState *ts, Value self, const Value *args)
{
    return update_with(ts, sha_from(self), args[0]);
}

static Ref get_name(ThreadState *ts, Value self)
{
    return str_from_z(ts, sha_from(self)->is_384 ? "sha384" : "sha512");
}
static Ref get_digest_size(ThreadState *ts, Value self)
{
    return REF_OF(small_int(sha_from(self)->is_384 ? 48 : 64));
}
static Ref get_block_size(ThreadState *ts, Value self) { return REF_OF(small_int(128)); }

static void finish_slot(ThreadState *ts, ObjectHead *o) { EVP_MD_CTX_free(((Sha512 *)o)->context); }

static const NativeDef methods[] = {
    NATIVE("copy", copy, "($self, /)", "Return a copy of the hash object."),
    NATIVE("digest", digest, "($self, /)", "Return the digest value as a bytes object."),
    NATIVE("hexdigest", hexdigest, "($self, /)",
           "Return the digest value as a string of hexadecimal digits."),
    NATIVE("update", update, "($self, obj, /)",
           "Update this hash object's state with the provided string."),
    NATIVE_END,
};
static const GetSetDef getset[] = {
    {"name", get_name, NULL, ""},
    {"digest_size", get_digest_size, NULL, ""},
    {"block_size", get_block_size, NULL, ""},
    {NULL, NULL, NULL, NULL},
};
const TypeSpec spec_SHA512 = {
    .name = "_sha512.sha512",
    .base = KIND_OBJECT,
    .size = sizeof(Sha512),
    .flags = TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = finish_slot},
    .methods = methods,
    .getset = getset,
};

static const NativeDef functions[] = {
    NATIVE("sha512", make_sha512, "($module, /, string=b'', *, usedforsecurity=True)",
           "Return a new SHA-512 hash object; optionally initialized with a string."),
    NATIVE("sha384", make_sha384, "($module, /, string=b'', *, usedforsecurity=True)",
           "Return a new SHA-384 hash object; optionally initialized with a string."),
    NATIVE_END,
};
const ModuleSpec module_sha512 = {"_sha512", NULL, functions, NULL};
