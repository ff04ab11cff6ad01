// core/modules/sre_match.c: matching: a machine that backs up.
//
// The program runs word by word. Whatever could have been done otherwise,
// and whatever changed on the way, is a record on one stack:
//
//   UNDO_…    a mark, a repetition's count, or the current repetition was changed: the old value
//   CHOICE_…  another way to go on from here
//   FRAME_…   a lookaround, atomic group or possessive repetition has begun; its SUCCESS finds it here
//
// To fail is to pop records: undoing changes, until a choice says how to go on. A frame that
// succeeds throws the choices above it away and keeps what undoes the changes. There is no
// recursion: deep nesting costs heap, not C stack.
//
// A repetition of more than one character (REPEAT … UNTIL) has a SreRepeat: how often its body has
// matched, and where the last round began, for a round that consumes nothing must not be followed
// by another. They lie on a second stack, cut back when a choice is taken that is older.
//
// Every few thousand failures the safepoint is polled: signals arrive, and others may stop
// the world. The text stays where it is: strings do not change, buffers are held.
#include "core/modules/sre.h"

#include <string.h>

#include "core/object/int.h"
#include "core/object/str.h"

enum { NO_INDEX = UINT32_MAX };

typedef enum {
    UNDO_MARK,
    UNDO_REPEAT,
    UNDO_COUNT,
    UNDO_LAST = UNDO_COUNT,
    FRAME_ATOMIC,
    FRAME_ASSERT,
    FRAME_ASSERT_NOT,
    FRAME_POSSESSIVE,
    FRAME_LAST = FRAME_POSSESSIVE,
    CHOICE_BRANCH, // the next alternative
    CHOICE_FEWER,  // one character less, of those that extra says
    CHOICE_MORE,   // one character more
    CHOICE_TAIL,   // what follows the repetition instead of its body
    CHOICE_BODY,   // its body instead of what follows
} RecordKind;

struct SreRecord {
    RecordKind kind;
    uint32_t pc; // UNDO_MARK: which; UNDO_COUNT: the old count
    uint32_t repeat;
    uint32_t contexts; // choices: repetitions there were; frames: the frame around
    int64_t position;  // UNDO_MARK: the old place
    int64_t extra;     // UNDO_MARK: the old last_index; UNDO_COUNT: the old start of the last round
};

struct SreRepeat {
    uint32_t words; // of its REPEAT instruction: skip, least, most, body
    uint32_t outer;
    uint32_t count;
    int64_t last;
};

static void *grow(Scan *s, void *old, size_t *room, size_t item_size)
{
    size_t wanted = *room == 0 ? 64 : *room * 2;
    void *grown = wanted > UINT32_MAX ? NULL : raw_realloc(s->ts, old, wanted * item_size);
    if (grown == NULL) {
        if (!has_exception(s->ts)) {
            raise_no_memory(s->ts);
        }
        return NULL;
    }
    *room = wanted;
    return grown;
}

static bool push_slow(Scan *s)
{
    SreRecord *grown = grow(s, s->stack, &s->stack_room, sizeof *grown);
    if (grown != NULL) {
        s->stack = grown;
    }
    return grown != NULL;
}

static inline bool push_record(Scan *s, SreRecord r)
{
    if (UNLIKELY(s->stack_size == s->stack_room) && !push_slow(s)) {
        return false;
    }
    s->stack[s->stack_size++] = r;
    return true;
}

// The repetition enters its first round when its UNTIL is reached: a count of 0.
static uint32_t push_repeat(Scan *s, uint32_t words, uint32_t outer)
{
    if (s->repeat_count == s->repeat_room) {
        SreRepeat *grown = grow(s, s->repeats, &s->repeat_room, sizeof *grown);
        if (grown == NULL) {
            return NO_INDEX;
        }
        s->repeats = grown;
    }
    s->repeats[s->repeat_count] = (SreRepeat){.words = words, .outer = outer, .last = -1};
    return (uint32_t)s->repeat_count++;
}

static void undo(Scan *s, const SreRecord *r, uint32_t *repeat)
{
    switch (r->kind) {
    case UNDO_MARK:
        s->marks[r->pc] = r->position;
        s->last_index = r->extra;
        break;
    case UNDO_REPEAT:
        *repeat = r->repeat;
        break;
    default:
        s->repeats[r->repeat].count = r->pc;
        s->repeats[r->repeat].last = r->extra;
        break;
    }
}

// Undoes everything down to the record at `base`, which goes as well.
static void undo_to(Scan *s, uint32_t base, uint32_t *repeat)
{
    while (s->stack_size > base) {
        const SreRecord *r = &s->stack[--s->stack_size];
        if (r->kind <= UNDO_LAST) {
            undo(s, r, repeat);
        }
    }
}

// Throws away the frame at `base` and all choices above it; what undoes changes stays.
static void keep_undo(Scan *s, uint32_t base)
{
    size_t to = base;
    for (size_t i = base + 1; i < s->stack_size; i++) {
        if (s->stack[i].kind <= UNDO_LAST) {
            s->stack[to++] = s->stack[i];
        }
    }
    s->stack_size = to;
}

#define CHAR        uint8_t
#define SRE_NAME(f) f##_1
#include "core/modules/sre_match_template.h"
#undef CHAR
#undef SRE_NAME
#define CHAR        uint16_t
#define SRE_NAME(f) f##_2
#include "core/modules/sre_match_template.h"
#undef CHAR
#undef SRE_NAME
#define CHAR        uint32_t
#define SRE_NAME(f) f##_4
#include "core/modules/sre_match_template.h"
#undef CHAR
#undef SRE_NAME

// --- Scans ---------------------------------------------------------------------------------------

static Status open_text(ThreadState *ts, Scan *s, Value string)
{
    if (value_is_str(string)) {
        const Str *text = str_from(string);
        s->text = text->data;
        s->width = str_width(text);
        s->end = (int64_t)text->length;
        if (s->pattern->is_bytes && !s->pattern->is_any) {
            return raise_status(ts, EXC_TypeError,
                                "cannot use a bytes pattern on a string-like object");
        }
        return STATUS_OK;
    }
    if (type_of(string)->slots.buffer == NULL && !value_is_bytes(string)) {
        return raise_status(ts, EXC_TypeError, "expected string or bytes-like object, got '%T'",
                            string);
    }
    if (buffer_get(ts, string, &s->view) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    s->text = s->view.data;
    s->width = 1;
    s->end = (int64_t)s->view.size;
    if (!s->pattern->is_bytes && !s->pattern->is_any) {
        buffer_release(ts, &s->view);
        return raise_status(ts, EXC_TypeError,
                            "cannot use a string pattern on a bytes-like object");
    }
    return STATUS_OK;
}

Status scan_begin(ThreadState *ts, Scan *s, const Pattern *p, Value string, int64_t pos,
                  int64_t endpos)
{
    memset(s, 0, sizeof *s);
    s->ts = ts;
    s->pattern = p;
    s->string = string;
    if (open_text(ts, s, string) == STATUS_ERROR) {
        return STATUS_ERROR;
    }
    int64_t length = s->end;
    s->end = endpos < 0 ? 0 : endpos < length ? endpos : length;
    s->start = pos < 0 ? 0 : pos < s->end ? pos : s->end;
    if (pos > s->end) { // nothing can match, not even nothing
        s->start = s->end + 1;
    }
    s->first = MIN_OF(s->start, s->end);
    s->marks = raw_alloc(ts, (size_t)MAX_OF(p->groups * 2, (int64_t)1) * sizeof *s->marks);
    if (s->marks == NULL) {
        scan_end(s);
        return STATUS_ERROR;
    }
    return STATUS_OK;
}

void scan_end(Scan *s)
{
    raw_free(s->ts, s->marks);
    raw_free(s->ts, s->stack);
    raw_free(s->ts, s->repeats);
    if (!is_error(s->view.owner)) {
        buffer_release(s->ts, &s->view);
    }
    s->marks = NULL;
    s->stack = NULL;
    s->repeats = NULL;
}

static void reset(Scan *s)
{
    for (int64_t i = 0; i < s->pattern->groups * 2; i++) {
        s->marks[i] = -1;
    }
    s->last_index = -1;
}

Truth scan_match(Scan *s)
{
    if (s->start > s->end) {
        return TRUTH_FALSE;
    }
    reset(s);
    return s->width == 1   ? run_1(s, 0, s->start)
           : s->width == 2 ? run_2(s, 0, s->start)
                           : run_4(s, 0, s->start);
}

Truth scan_search(Scan *s)
{
    if (s->start > s->end) {
        return TRUTH_FALSE;
    }
    // What begins with ^ or \A need not be tried anywhere else.
    const uint32_t *code = s->pattern->code;
    size_t at = s->pattern->code_size > 2 && code[0] == RE_INFO ? 1 + code[1] : 0;
    bool anchored = at + 1 < s->pattern->code_size && code[at] == RE_AT &&
                    (code[at + 1] == AT_BEGINNING || code[at + 1] == AT_BEGINNING_STRING);
    if (anchored && !s->must_advance) {
        return s->start != s->beginning ? TRUTH_FALSE : scan_match(s);
    }
    reset(s);
    return s->width == 1 ? search_1(s) : s->width == 2 ? search_2(s) : search_4(s);
}

void scan_advance(Scan *s)
{
    s->must_advance = s->position == s->start;
    s->start = s->position;
}

Ref scan_slice(const Scan *s, int64_t start, int64_t end)
{
    return slice_of(s->ts, s->string, s, start, end);
}

Ref slice_of(ThreadState *ts, Value string, const Scan *s, int64_t start, int64_t end)
{
    if (value_is_str(string)) {
        return start >= end ? str_empty() : str_substring(ts, string, (size_t)start, (size_t)end);
    }
    return start >= end ? bytes_empty()
                        : bytes_new(ts, (const uint8_t *)s->text + start, (size_t)(end - start));
}
