// core/vm/native_call.c: what a row of NativeDef promises: signatures, and arguments bound to them.
//
//  1. signature_of parses the text once: names, where positional-only ends,
//     where keyword-only begins, which parameters have a default, *args and **kwargs.
//  2. native_call passes plain positional arguments on as they are; otherwise it sorts them
//     into one array, a value per parameter, NO_VALUE for an optional one that is absent.
//  3. Messages follow CPython's three ways of parsing: no or one argument (METH_NOARGS, METH_O),
//     positional only, and keywords.
#include <ctype.h>
#include <string.h>

#include "core/object/dict.h"
#include "core/object/function.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { PARAMETERS_MAX = NATIVE_PARAMETERS_MAX };

struct Signature {
    SignatureHead head;
    const NativeDef *def;
    struct Signature *next; // in the same bucket; never freed
    uint8_t positional_only;
    uint8_t keyword_only;       // behind the positional ones
    int8_t var_at, keywords_at; // places of *args and **kwargs, or -1
    bool keyword_required[PARAMETERS_MAX];
    Value names[PARAMETERS_MAX]; // interned, immortal
};

// --- Parsing -------------------------------------------------------------------------------------

static const char *skip_default(const char *at)
{
    int depth = 0;
    char quote = 0;
    for (; *at != '\0'; at++) {
        if (quote != 0) {
            quote = *at == quote ? 0 : quote;
        } else if (*at == '\'' || *at == '"') {
            quote = *at;
        } else if (*at == '(' || *at == '[' || *at == '{') {
            depth++;
        } else if (depth > 0 && (*at == ')' || *at == ']' || *at == '}')) {
            depth--;
        } else if (depth == 0 && (*at == ',' || *at == ')')) {
            break;
        }
    }
    return at;
}

static Status add_name(ThreadState *ts, Signature *s, const char *name, size_t length)
{
    char text[64];
    CHECK(s->head.count < PARAMETERS_MAX && length < sizeof text);
    memcpy(text, name, length);
    text[length] = '\0';
    Ref interned = str_from_ascii(ts, text, length);
    if (!is_error(interned)) {
        interned = str_intern_immortal(ts, interned);
    }
    s->names[s->head.count] = interned.v;
    return is_error(interned) ? STATUS_ERROR : STATUS_OK;
}

static Status parse_signature(ThreadState *ts, Signature *s, const char *text)
{
    bool keywords_only = false, optional_seen = false;
    const char *at = text;
    while (*at != '\0' && *at != ')') {
        while (*at == ' ' || *at == ',' || *at == '(') {
            at++;
        }
        if (*at == ')' || *at == '\0') {
            break;
        }
        if (*at == '/') {
            s->positional_only = s->head.positional;
            at++;
            continue;
        }
        if (*at == '*' && at[1] != '*' && (at[1] == ',' || at[1] == ')' || at[1] == ' ')) {
            keywords_only = true;
            at++;
            continue;
        }
        int stars = 0;
        while (*at == '*') {
            stars++;
            at++;
        }
        const char *name = at;
        while (isalnum((unsigned char)*at) || *at == '_' || *at == '$') {
            at++;
        }
        size_t length = (size_t)(at - name);
        bool has_default = false;
        while (*at == ' ' || *at == ':') { // an annotation is for people
            at = *at == ':' ? at + 1 + strcspn(at + 1, "=,)") : at + 1;
        }
        if (*at == '=') {
            has_default = true;
            at = skip_default(at + 1);
        }
        if (length == 0) { // "...": for people
            at = skip_default(at);
            continue;
        }
        if (*name == '$') {
            continue;
        }
        if (add_name(ts, s, name, length) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        if (stars == 1) {
            s->var_at = (int8_t)s->head.count;
            keywords_only = true;
        } else if (stars == 2) {
            s->keywords_at = (int8_t)s->head.count;
        } else if (keywords_only) {
            s->keyword_required[s->head.count] = !has_default;
            s->keyword_only++;
        } else {
            s->head.positional++;
            optional_seen = optional_seen || has_default;
            s->head.required += !optional_seen;
        }
        s->head.count++;
    }
    return STATUS_OK;
}

static Signature *buckets[256];

const Signature *signature_of(ThreadState *ts, const NativeDef *def)
{
    size_t bucket = ((uintptr_t)def >> 4) * 2654435761u >> 8 & 255;
    // acquire: pairs with the release below.
    Signature *first = atomic_load_acquire(&buckets[bucket]);
    for (Signature *s = first; s != NULL; s = s->next) {
        if (s->def == def) {
            return s;
        }
    }
    Signature *s = raw_alloc(ts, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    memset(s, 0, sizeof *s);
    s->def = def;
    s->var_at = s->keywords_at = -1;
    if (!(def->flags & NATIVE_IS_RAW) && def->signature != NULL &&
        parse_signature(ts, s, def->signature) == STATUS_ERROR) {
        raw_free(ts, s);
        return NULL;
    }
    bool is_raw = (def->flags & NATIVE_IS_RAW) != 0;
    bool is_plain = !is_raw && s->var_at < 0 && s->keywords_at < 0 && s->keyword_only == 0;
    s->head.least = is_plain ? s->head.required : UINT8_MAX;
    // Two threads may both parse it; both results serve.
    s->next = first;
    while (!atomic_cas_weak_release(&buckets[bucket], &first, s)) {
        s->next = first;
    }
    return s;
}

// --- Messages ------------------------------------------------------------------------------------

// "list.append" for a method of a builtin type, "math.sqrt" for a module's function,
// "abs" for a builtin.
static Ref full_name(ThreadState *ts, const NativeDef *def, Value self)
{
    if (value_is_kind(self, KIND_MODULE)) {
        OWNED Ref name = NO_REF;
        Lookup l = dict_get(ts, module_dict(self), NAME(__name__), &name);
        if (l == LOOKUP_FOUND && value_is_str(name.v) && !str_equal_z(name.v, "builtins")) {
            return format_str(ts, "%U.%s", name.v, def->name);
        }
        return str_from_z(ts, def->name);
    }
    if (is_no_value(self) || (def->flags & NATIVE_IS_STATIC)) {
        return str_from_z(ts, def->name);
    }
    Type *t =
        value_is_type(self) && (def->flags & NATIVE_IS_CLASS) ? type_from(self) : type_of(self);
    while (t->spec == NULL && !(def->flags & NATIVE_IS_CLASS) &&
           value_is_type(shared_ref_peek(&t->base))) { // the builtin type it comes from
        t = type_from(shared_ref_peek(&t->base));
    }
    return format_str(ts, "%s.%s", type_name(t), def->name);
}

static Ref raise_wrong_count(ThreadState *ts, const Signature *s, Value self, size_t count)
{
    const NativeDef *def = s->def;
    size_t least = s->head.required, most = s->head.positional;
    bool positional_only = s->positional_only == s->head.positional && s->keyword_only == 0;
    if (positional_only && s->var_at < 0 && least == most && most <= 1) {
        OWNED Ref name = full_name(ts, def, self);
        if (is_error(name)) {
            return NO_REF;
        }
        return most == 0
                   ? raise(ts, EXC_TypeError, "%U() takes no arguments (%zu given)", name.v, count)
                   : raise(ts, EXC_TypeError, "%U() takes exactly one argument (%zu given)", name.v,
                           count);
    }
    if (positional_only || s->positional_only > count) {
        const char *how = least == most ? "" : count < least ? "at least " : "at most ";
        size_t wanted = count < least ? least : most;
        return raise(ts, EXC_TypeError, "%s expected %s%zu argument%s, got %zu", def->name, how,
                     wanted, wanted == 1 ? "" : "s", count);
    }
    if (most == 0) {
        return raise(ts, EXC_TypeError, "%s() takes no positional arguments", def->name);
    }
    return raise(ts, EXC_TypeError, "%s() takes %s %zu %sargument%s (%zu given)", def->name,
                 least == most && s->keyword_only == 0 ? "exactly" : "at most", most,
                 s->keyword_only > 0 ? "positional " : "", most == 1 ? "" : "s", count);
}

static Ref raise_missing(ThreadState *ts, const Signature *s, Value self, size_t index,
                         size_t given)
{
    if (index < s->positional_only) {
        return raise_wrong_count(ts, s, self, given);
    }
    return raise(ts, EXC_TypeError, "%s() missing required argument '%U' (pos %zu)", s->def->name,
                 s->names[index], index + 1);
}

// --- Binding -------------------------------------------------------------------------------------

static int find_parameter(const Signature *s, Value name)
{
    int count = s->head.positional + s->keyword_only + (s->var_at >= 0);
    for (int i = s->positional_only; i < count; i++) {
        if (i != s->var_at && (value_is_same(s->names[i], name) || str_equal(s->names[i], name))) {
            return i;
        }
    }
    return -1;
}

// Puts every argument at its parameter's place. *extra gets the tuple of *args,
// *keywords the dict of **kwargs.
static Status bind(ThreadState *ts, const Signature *s, Value self, const Value *args, size_t count,
                   Value names, Value *bound, Ref *extra, Ref *keywords)
{
    size_t named = is_no_value(names) ? 0 : tuple_count(names);
    size_t positional = count;
    for (int i = 0; i < s->head.count; i++) {
        bound[i] = NO_VALUE;
    }
    if (named > 0 && s->keywords_at < 0 && s->positional_only == s->head.positional &&
        s->keyword_only == 0) {
        OWNED Ref name = full_name(ts, s->def, self);
        return is_error(name)
                   ? STATUS_ERROR
                   : raise_status(ts, EXC_TypeError, "%U() takes no keyword arguments", name.v);
    }
    if (positional > s->head.positional && s->var_at < 0) {
        raise_wrong_count(ts, s, self, positional);
        return STATUS_ERROR;
    }
    size_t plain = MIN_OF(positional, (size_t)s->head.positional);
    memcpy(bound, args, plain * sizeof *bound);
    if (s->var_at >= 0) {
        *extra = tuple_from_values(ts, args + plain, positional - plain);
        if (is_error(*extra)) {
            return STATUS_ERROR;
        }
        bound[s->var_at] = extra->v;
    }
    if (s->keywords_at >= 0) {
        *keywords = dict_new(ts);
        if (is_error(*keywords)) {
            return STATUS_ERROR;
        }
        bound[s->keywords_at] = keywords->v;
    }
    for (size_t i = 0; i < named; i++) {
        Value name = tuple_item(names, i);
        int at = find_parameter(s, name);
        if (at >= 0 && is_no_value(bound[at])) {
            bound[at] = args[positional + i];
        } else if (at >= 0) {
            return raise_status(ts, EXC_TypeError,
                                "argument for %s() given by name ('%U') and position (%d)",
                                s->def->name, name, at + 1);
        } else if (s->keywords_at < 0) {
            return raise_status(ts, EXC_TypeError, "'%U' is an invalid keyword argument for %s()",
                                name, s->def->name);
        } else if (dict_set(ts, dict_from(keywords->v), name, args[positional + i]) ==
                   STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    for (size_t i = 0; i < s->head.required; i++) {
        if (is_no_value(bound[i])) {
            raise_missing(ts, s, self, i, positional);
            return STATUS_ERROR;
        }
    }
    for (int i = s->head.positional; i < s->head.count; i++) {
        if (s->keyword_required[i] && is_no_value(bound[i])) {
            return raise_status(ts, EXC_TypeError,
                                "%s() missing required keyword-only argument '%U'", s->def->name,
                                s->names[i]);
        }
    }
    return STATUS_OK;
}

static Ref call_bound(ThreadState *ts, const Signature *s, Value self, const Value *args,
                      size_t count, Value names)
{
    Value bound[PARAMETERS_MAX];
    OWNED Ref extra = NO_REF;
    OWNED Ref keywords = NO_REF;
    if (bind(ts, s, self, args, count, names, bound, &extra, &keywords) == STATUS_ERROR) {
        return NO_REF;
    }
    return s->def->bound(ts, self, bound);
}

Ref native_call(ThreadState *ts, const NativeDef *def, const Signature *s, Value self,
                const Value *args, size_t count, Value names)
{
    if (def->flags & NATIVE_IS_RAW) {
        return def->raw(ts, self, args, count, names);
    }
    if (LIKELY(is_no_value(names) && count >= s->head.least && count <= s->head.count)) {
        if (count == s->head.count) {
            return def->bound(ts, self, args);
        }
        Value bound[PARAMETERS_MAX];
        for (size_t i = 0; i < count; i++) {
            bound[i] = args[i];
        }
        for (size_t i = count; i < s->head.count; i++) {
            bound[i] = NO_VALUE;
        }
        return def->bound(ts, self, bound);
    }
    return call_bound(ts, s, self, args, count, names);
}

// Names live for the process; the table's own memory is given back at exit.
void signatures_free(ThreadState *ts)
{
    for (size_t i = 0; i < ARRAY_LENGTH(buckets); i++) {
        for (Signature *s = buckets[i], *next; s != NULL; s = next) {
            next = s->next;
            raw_free(ts, s);
        }
        buckets[i] = NULL;
    }
}
