// core/modules/sre.h: regular expressions: what the files of the module _sre share.
//
// The library's re package parses a pattern and compiles it to words (re/_constants.py numbers
// them); here they are checked once (sre_code.c), then matched (sre_match.c, sre_match_template.h).
//
// Rule     a Pattern's words have passed sre_code_is_valid: the matcher trusts their structure.
// Threads  patterns and matches are immutable; a Scan belongs to one call.
#ifndef ADDER_CORE_MODULES_SRE_H
#define ADDER_CORE_MODULES_SRE_H

#include "core/modules/builtins.h"
#include "core/object/bytes.h"

enum { SRE_MAGIC = 20220615, SRE_NO_GROUP = -1 };
#define SRE_MAX_REPEAT UINT32_MAX
#define SRE_MAX_GROUPS ((int64_t)0x3FFFFFFF)

typedef enum {
    RE_FAILURE,
    RE_SUCCESS,
    RE_ANY,
    RE_ANY_ALL,
    RE_ASSERT,
    RE_ASSERT_NOT,
    RE_AT,
    RE_BRANCH,
    RE_CATEGORY,
    RE_CHARSET,
    RE_BIGCHARSET,
    RE_GROUPREF,
    RE_GROUPREF_EXISTS,
    RE_IN,
    RE_INFO,
    RE_JUMP,
    RE_LITERAL,
    RE_MARK,
    RE_MAX_UNTIL,
    RE_MIN_UNTIL,
    RE_NOT_LITERAL,
    RE_NEGATE,
    RE_RANGE,
    RE_REPEAT,
    RE_REPEAT_ONE,
    RE_SUBPATTERN,
    RE_MIN_REPEAT_ONE,
    RE_ATOMIC_GROUP,
    RE_POSSESSIVE_REPEAT,
    RE_POSSESSIVE_REPEAT_ONE,
    RE_GROUPREF_IGNORE,
    RE_IN_IGNORE,
    RE_LITERAL_IGNORE,
    RE_NOT_LITERAL_IGNORE,
    RE_GROUPREF_LOC_IGNORE,
    RE_IN_LOC_IGNORE,
    RE_LITERAL_LOC_IGNORE,
    RE_NOT_LITERAL_LOC_IGNORE,
    RE_GROUPREF_UNI_IGNORE,
    RE_IN_UNI_IGNORE,
    RE_LITERAL_UNI_IGNORE,
    RE_NOT_LITERAL_UNI_IGNORE,
    RE_RANGE_UNI_IGNORE,
    RE_OPCODE_COUNT,
} SreOpcode;

typedef enum {
    AT_BEGINNING,
    AT_BEGINNING_LINE,
    AT_BEGINNING_STRING,
    AT_BOUNDARY,
    AT_NON_BOUNDARY,
    AT_END,
    AT_END_LINE,
    AT_END_STRING,
    AT_LOC_BOUNDARY,
    AT_LOC_NON_BOUNDARY,
    AT_UNI_BOUNDARY,
    AT_UNI_NON_BOUNDARY,
    AT_COUNT,
} SreAt;

enum { SRE_CATEGORY_COUNT = 18 };
enum { SRE_INFO_PREFIX = 1, SRE_INFO_LITERAL = 2, SRE_INFO_CHARSET = 4 };
enum {
    SRE_FLAG_TEMPLATE = 1,
    SRE_FLAG_IGNORECASE = 2,
    SRE_FLAG_LOCALE = 4,
    SRE_FLAG_MULTILINE = 8,
    SRE_FLAG_DOTALL = 16,
    SRE_FLAG_UNICODE = 32,
    SRE_FLAG_VERBOSE = 64,
    SRE_FLAG_DEBUG = 128,
    SRE_FLAG_ASCII = 256,
};

typedef struct Pattern {
    ObjectHead head;
    SharedRef pattern;     // str, bytes or None
    SharedRef group_index; // dict: name to number
    SharedRef index_group; // tuple: number to name or None
    int64_t groups;
    int64_t flags;
    bool is_bytes; // of a bytes pattern; None fits both
    bool is_any;
    size_t code_size;
    uint32_t code[];
} Pattern;
static inline Pattern *pattern_from(Value v) { return (Pattern *)value_head(v); }

typedef struct Match {
    ObjectHead head;
    SharedRef pattern; // Pattern
    SharedRef string;  // what was searched; None after copying nothing
    SharedRef regs;    // tuple of spans; empty until asked for
    int64_t pos, endpos, last_index;
    size_t mark_count; // 2 * (groups + 1)
    int64_t marks[];   // start and end of each group, the whole match first; -1: not matched
} Match;
static inline Match *match_from(Value v) { return (Match *)value_head(v); }

// --- Characters (sre_chars.c) --------------------------------------------------------------------

uint32_t sre_lower_ascii(uint32_t c);
uint32_t sre_upper_ascii(uint32_t c);
uint32_t sre_lower_unicode(uint32_t c);
uint32_t sre_upper_unicode(uint32_t c);
bool sre_category(uint32_t category, uint32_t c);
bool sre_charset(const uint32_t *set, uint32_t c);
// Does the one-character instruction at `code` accept c?
bool sre_accepts(const uint32_t *code, uint32_t c);
bool sre_is_word(SreAt at, uint32_t c);

// --- Code (sre_code.c) ---------------------------------------------------------------------------

bool sre_code_is_valid(ThreadState *ts, const uint32_t *code, size_t size, int64_t groups);

// --- Matching (sre_match.c) ----------------------------------------------------------------------

typedef struct SreRecord SreRecord;
typedef struct SreRepeat SreRepeat;

// A string and how far it has been searched.
typedef struct Scan {
    ThreadState *ts;
    const Pattern *pattern;
    Value string;
    BufferView view; // of a bytes-like object
    const void *text;
    unsigned width;                // bytes of a character
    int64_t beginning, start, end; // beginning is 0: what ^ means
    int64_t first;                 // where the scan began
    int64_t position;              // where the last match ended
    bool must_advance;             // an empty match at `start` does not count
    bool match_all;
    int64_t *marks; // 2 * groups, -1: unset
    int64_t last_index;
    SreRecord *stack;
    size_t stack_size, stack_room;
    SreRepeat *repeats;
    size_t repeat_count, repeat_room;
    uint32_t steps;
} Scan;

// Errors are raised: "expected string or bytes-like object, got 'x'". End each scan that has begun.
Status scan_begin(ThreadState *ts, Scan *s, const Pattern *p, Value string, int64_t pos,
                  int64_t endpos);
void scan_end(Scan *s);
// At `start` only, or anywhere from there: `start` is then where it was found.
// TRUTH_ERROR: exception.
Truth scan_match(Scan *s);
Truth scan_search(Scan *s);
// After a match: go on behind it.
void scan_advance(Scan *s);
// The part of the string that was scanned.
Ref scan_slice(const Scan *s, int64_t start, int64_t end);
Ref slice_of(ThreadState *ts, Value string, const Scan *s, int64_t start, int64_t end);

// --- Patterns (sre_pattern.c) --------------------------------------------------------------------

Ref sre_compile(BOUND_PARAMETERS);

// --- Matches (sre_object.c) ----------------------------------------------------------------------

Ref match_new(const Scan *s);

#endif
