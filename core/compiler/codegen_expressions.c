// core/compiler/codegen_expressions.c: code for expressions.
//
// gen_into(e, dst) leaves the value in dst; gen_operand(e) says in which slot it is: the local
// variable itself where nothing can rebind it before the use, else a new temporary. Whoever asked
// for operands resets `depth` before it emits the consuming instruction.
#include <string.h>

#include "core/compiler/codegen.h"
#include "core/object/bytes.h"
#include "core/object/complex.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

// --- Constants -----------------------------------------------------------------------------------

static bool is_name_like(AstString t)
{
    for (uint32_t i = 0; i < t.size; i++) {
        char ch = t.bytes[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
              ch == '_')) {
            return false;
        }
    }
    return true;
}

Ref value_from_text(Compiler *c, AstString text, bool name)
{
    Ref s = str_from_wtf8(c->ts, text.bytes, text.size);
    if (!is_error(s) && (name || is_name_like(text))) {
        s = c->options->from_file ? str_intern_immortal(c->ts, s) : str_intern(c->ts, s);
    }
    if (is_error(s)) {
        compiler_fail_raised(c);
    }
    return s;
}

Ref constant_object(ThreadState *ts, const Constant *k)
{
    switch (k->kind) {
    case CONSTANT_NONE:
        return REF_NONE;
    case CONSTANT_TRUE:
        return REF_OF(VALUE_TRUE);
    case CONSTANT_FALSE:
        return REF_OF(VALUE_FALSE);
    case CONSTANT_ELLIPSIS:
        return REF_OF(VALUE_ELLIPSIS);
    case CONSTANT_INT:
        return int_from_i64(ts, k->integer);
    case CONSTANT_BIG_INT:
        return int_from_text(ts, k->text.bytes, k->text.size, k->base, NO_VALUE);
    case CONSTANT_FLOAT:
        return float_from_double(ts, k->real);
    case CONSTANT_IMAGINARY:
        return complex_new(ts, (ComplexNumber){0.0, k->real});
    case CONSTANT_STR:
        return str_from_wtf8(ts, k->text.bytes, k->text.size);
    case CONSTANT_BYTES:
        return bytes_new(ts, k->text.bytes, k->text.size);
    }
    return NO_REF;
}

static Ref literal_value(Compiler *c, const Constant *k)
{
    if (k->kind == CONSTANT_STR) {
        return value_from_text(c, k->text, false);
    }
    Ref r = constant_object(c->ts, k);
    if (is_error(r)) {
        compiler_fail_raised(c);
    }
    return r;
}

static bool is_debug_name(const Expr *e)
{
    return e->kind == EXPR_NAME && e->name.size == 9 && memcmp(e->name.bytes, "__debug__", 9) == 0;
}

static bool is_number(const Expr *e)
{
    return e->kind == EXPR_CONSTANT &&
           (e->constant.kind == CONSTANT_INT || e->constant.kind == CONSTANT_FLOAT ||
            e->constant.kind == CONSTANT_IMAGINARY);
}

static bool is_foldable_number(const Expr *e)
{
    return is_number(e) ||
           (e->kind == EXPR_UNARY_OP && e->unary_op.op != UNARY_NOT &&
            is_number(e->unary_op.operand)) ||
           (e->kind == EXPR_BIN_OP && is_foldable_number(e->bin_op.left) &&
            is_foldable_number(e->bin_op.right));
}

bool expr_is_constant(const Expr *e)
{
    switch (e->kind) {
    case EXPR_CONSTANT:
        return true;
    case EXPR_UNARY_OP:
    case EXPR_BIN_OP:
        return is_foldable_number(e);
    case EXPR_NAME:
        return is_debug_name(e);
    case EXPR_TUPLE:
        for (int i = 0; i < e->elements.count; i++) {
            if (!expr_is_constant(e->elements.items[i])) {
                return false;
            }
        }
        return true;
    default:
        return false;
    }
}

static BinaryOp binary_op_of(BinaryOperator op)
{
    switch (op) {
    case BINARY_ADD:
        return BIN_ADD;
    case BINARY_SUB:
        return BIN_SUB;
    case BINARY_MULT:
        return BIN_MUL;
    case BINARY_MAT_MULT:
        return BIN_MATMUL;
    case BINARY_DIV:
        return BIN_TRUE_DIV;
    case BINARY_MOD:
        return BIN_MOD;
    case BINARY_POW:
        return BIN_POW;
    case BINARY_LSHIFT:
        return BIN_LSHIFT;
    case BINARY_RSHIFT:
        return BIN_RSHIFT;
    case BINARY_BIT_OR:
        return BIN_OR;
    case BINARY_BIT_XOR:
        return BIN_XOR;
    case BINARY_BIT_AND:
        return BIN_AND;
    default:
        return BIN_FLOOR_DIV;
    }
}

// Folds arithmetic on number literals; what would raise or grow is left for run time.
static Ref fold_number(Compiler *c, const Expr *e)
{
    if (e->kind == EXPR_CONSTANT) {
        return literal_value(c, &e->constant);
    }
    Ref result = NO_REF;
    if (e->kind == EXPR_UNARY_OP) {
        Ref operand = literal_value(c, &e->unary_op.operand->constant);
        UnaryOp op = e->unary_op.op == UNARY_SUB   ? UN_NEGATIVE
                     : e->unary_op.op == UNARY_ADD ? UN_POSITIVE
                                                   : UN_INVERT;
        result = object_unary(c->ts, op, operand.v);
        ref_drop(&operand);
    } else {
        Ref left = fold_number(c, e->bin_op.left);
        Ref right = is_error(left) ? NO_REF : fold_number(c, e->bin_op.right);
        if (!is_error(right)) {
            bool grows = e->bin_op.op == BINARY_LSHIFT || e->bin_op.op == BINARY_POW;
            bool small = value_is_small_int(right.v) && small_int_get(right.v) >= -256 &&
                         small_int_get(right.v) <= 256;
            if (!grows || small || value_is_float(right.v)) {
                result = object_binary(c->ts, binary_op_of(e->bin_op.op), left.v, right.v);
                if (is_error(result)) {
                    exception_clear(c->ts);
                }
            }
        }
        ref_drop(&left);
        ref_drop(&right);
        return result;
    }
    if (is_error(result)) {
        exception_clear(c->ts);
    }
    return result;
}

Ref constant_value(Compiler *c, const Expr *e)
{
    if (!expr_is_constant(e)) {
        return NO_REF;
    }
    if (e->kind == EXPR_CONSTANT) {
        return literal_value(c, &e->constant);
    }
    if (e->kind == EXPR_NAME) {
        return REF_OF(bool_value(c->options->optimize == 0));
    }
    if (e->kind != EXPR_TUPLE) {
        return fold_number(c, e);
    }
    compiler_check_stack(c);
    if (e->elements.count == 0) {
        return tuple_empty();
    }
    Value t = tuple_begin(c, (size_t)e->elements.count);
    for (int i = 0; i < e->elements.count; i++) {
        Ref item = constant_value(c, e->elements.items[i]);
        if (is_error(item)) { // would raise at run time
            tuple_abandon(c);
            return NO_REF;
        }
        tuple_init_item(t, (size_t)i, item);
    }
    return tuple_end(c);
}

// Emits a constant if e is one.
static bool gen_constant(Compiler *c, Expr *e, int dst)
{
    if (!expr_is_constant(e)) {
        return false;
    }
    Ref value = constant_value(c, e);
    if (is_error(value)) {
        return false;
    }
    emit_constant(c, value, dst);
    return true;
}

// The constant's index if an instruction's byte can name it, or -1.
int small_constant(Compiler *c, Expr *e)
{
    if (e->kind == EXPR_TUPLE || !expr_is_constant(e)) {
        return -1;
    }
    Ref value = constant_value(c, e);
    if (is_error(value)) {
        return -1;
    }
    int index = constant_index(c, value);
    return index <= 0xFF ? index : -1;
}

// --- Operands ------------------------------------------------------------------------------------

// The slot of a local that can be read in place: a plain variable that no := rebinds.
static int local_operand(Compiler *c, Expr *e)
{
    if (e->kind != EXPR_NAME || is_debug_name(e)) {
        return -1;
    }
    Symbol *y = gen_symbol(c, e->name);
    if (y->place != PLACE_LOCAL || (y->flags & SYMBOL_WALRUS)) {
        return -1;
    }
    if (!c->unit->assigned[y->slot]) {
        at_expr(c, e);
        emit(c, INSTR_CHECK_LOCAL, y->slot, 0, 0);
        if (!(y->flags & SYMBOL_DELETED) && c->unit->conditional == 0) {
            c->unit->assigned[y->slot] = 1;
        }
    }
    return y->slot;
}

int gen_operand(Compiler *c, Expr *e)
{
    int slot = local_operand(c, e);
    if (slot >= 0) {
        return slot;
    }
    int t = temp_new(c);
    gen_into(c, e, t);
    return t;
}

// As an argument or an item: into exactly this temporary, borrowed if it is a local.
static void gen_argument(Compiler *c, Expr *e, int dst)
{
    int slot = local_operand(c, e);
    if (slot >= 0) {
        at_expr(c, e);
        emit(c, INSTR_BORROW, dst, slot, 0);
    } else {
        gen_into(c, e, dst);
    }
}

void gen_discard(Compiler *c, Expr *e)
{
    int depth = c->unit->depth;
    if (expr_is_constant(e) && e->kind != EXPR_BIN_OP) { // an operation may raise: `1 / 0`
        return;
    }
    int slot = local_operand(c, e);
    if (slot < 0) {
        int t = temp_new(c);
        gen_into(c, e, t);
        emit(c, INSTR_CLEAR, t, 0, 0);
    }
    c->unit->depth = depth;
}

static bool is_temp(Compiler *c, int slot) { return slot >= c->unit->temp_base; }

// --- Arithmetic and comparison -------------------------------------------------------------------

static const uint8_t binary_opcodes[][2] = {
    [BINARY_ADD] = {INSTR_ADD, INSTR_ADD_K},
    [BINARY_SUB] = {INSTR_SUB, INSTR_SUB_K},
    [BINARY_MULT] = {INSTR_MUL, INSTR_MUL_K},
    [BINARY_MAT_MULT] = {INSTR_MATMUL, INSTR_NOP},
    [BINARY_DIV] = {INSTR_TRUE_DIV, INSTR_TRUE_DIV_K},
    [BINARY_MOD] = {INSTR_MOD, INSTR_MOD_K},
    [BINARY_POW] = {INSTR_POW, INSTR_POW_K},
    [BINARY_LSHIFT] = {INSTR_LSHIFT, INSTR_LSHIFT_K},
    [BINARY_RSHIFT] = {INSTR_RSHIFT, INSTR_RSHIFT_K},
    [BINARY_BIT_OR] = {INSTR_OR, INSTR_OR_K},
    [BINARY_BIT_XOR] = {INSTR_XOR, INSTR_XOR_K},
    [BINARY_BIT_AND] = {INSTR_AND, INSTR_AND_K},
    [BINARY_FLOOR_DIV] = {INSTR_FLOOR_DIV, INSTR_FLOOR_DIV_K},
};

static void gen_binary(Compiler *c, Expr *e, int dst)
{
    compiler_check_stack(c);
    int depth = c->unit->depth;
    int left = gen_operand(c, e->bin_op.left);
    int k = binary_opcodes[e->bin_op.op][1] != INSTR_NOP ? small_constant(c, e->bin_op.right) : -1;
    int right = k >= 0 ? k : gen_operand(c, e->bin_op.right);
    at_expr(c, e);
    emit(c, binary_opcodes[e->bin_op.op][k >= 0], dst, left, right);
    c->unit->depth = depth;
}

static void gen_unary(Compiler *c, Expr *e, int dst)
{
    static const uint8_t opcodes[] = {[UNARY_INVERT] = INSTR_INVERT,
                                      [UNARY_NOT] = INSTR_NOT,
                                      [UNARY_ADD] = INSTR_POSITIVE,
                                      [UNARY_SUB] = INSTR_NEGATIVE};
    int depth = c->unit->depth;
    int operand = gen_operand(c, e->unary_op.operand);
    at_expr(c, e);
    emit(c, opcodes[e->unary_op.op], dst, operand, 0);
    c->unit->depth = depth;
}

static const uint8_t compare_opcodes[] = {
    [COMPARE_EQ] = INSTR_EQ,       [COMPARE_NOT_EQ] = INSTR_NE,
    [COMPARE_LT] = INSTR_LT,       [COMPARE_LT_E] = INSTR_LE,
    [COMPARE_GT] = INSTR_GT,       [COMPARE_GT_E] = INSTR_GE,
    [COMPARE_IS] = INSTR_IS,       [COMPARE_IS_NOT] = INSTR_IS_NOT,
    [COMPARE_IN] = INSTR_CONTAINS, [COMPARE_NOT_IN] = INSTR_CONTAINS_NOT,
};

// `x in {1, 2}` and `x in [1, 2]` look into a constant.
static bool gen_membership_constant(Compiler *c, Expr *e, int dst)
{
    if (e->kind != EXPR_SET && e->kind != EXPR_LIST) {
        return false;
    }
    if (e->elements.count == 0) {
        return false;
    }
    Expr tuple = *e;
    tuple.kind = EXPR_TUPLE;
    if (!expr_is_constant(&tuple)) {
        return false;
    }
    Ref items = constant_value(c, &tuple);
    if (!is_error(items) && e->kind == EXPR_SET) {
        Ref set = frozenset_new(c->ts, items.v);
        ref_drop(&items);
        items = set;
    }
    if (is_error(items)) {
        exception_clear(c->ts);
        return false;
    }
    emit_constant(c, items, dst);
    return true;
}

static int compare_operand(Compiler *c, CompareOperator op, Expr *e)
{
    if (op == COMPARE_IN || op == COMPARE_NOT_IN) {
        int t = temp_new(c);
        if (gen_membership_constant(c, e, t)) {
            return t;
        }
        c->unit->depth--;
    }
    return gen_operand(c, e);
}

static void gen_compare(Compiler *c, Expr *e, int dst)
{
    warn_of_compare(c, e);
    int depth = c->unit->depth;
    int count = e->compare.comparators.count;
    int left = gen_operand(c, e->compare.left);
    if (count == 1) {
        int right = compare_operand(c, e->compare.ops[0], e->compare.comparators.items[0]);
        at_expr(c, e);
        emit(c, compare_opcodes[e->compare.ops[0]], dst, left, right);
        c->unit->depth = depth;
        return;
    }
    // a < b < c: each middle operand is kept for the next comparison,
    // in one of two temporaries in turn.
    int result = temp_new(c);
    int keep = temp_reserve(c, 2);
    int cleanup = label_new(c), done = label_new(c);
    c->unit->conditional++;
    for (int i = 0; i < count; i++) {
        CompareOperator op = e->compare.ops[i];
        Expr *operand = e->compare.comparators.items[i];
        if (i == count - 1) {
            int right = compare_operand(c, op, operand);
            at_expr(c, e);
            emit(c, compare_opcodes[op], result, left, right);
            break;
        }
        int middle = keep + (i & 1);
        gen_argument(c, operand, middle);
        int lent = temp_new(c);
        at_expr(c, e);
        emit(c, INSTR_BORROW, lent, middle, 0);
        emit(c, compare_opcodes[op], result, left, lent);
        emit_jump(c, INSTR_JUMP_IF_FALSE_KEEP, result, 0, 0, cleanup);
        left = middle;
        c->unit->depth = keep + 2;
    }
    c->unit->conditional--;
    emit_jump(c, INSTR_JUMP, 0, 0, 0, done);
    label_here(c, cleanup);
    emit(c, INSTR_CLEAR, keep, 0, 0);
    emit(c, INSTR_CLEAR, keep + 1, 0, 0);
    label_here(c, done);
    c->unit->depth = depth;
    emit(c, INSTR_MOVE, dst, result, 0);
}

// --- Conditions ----------------------------------------------------------------------------------

static int jump_compare_opcode(CompareOperator op, bool constant)
{
    switch (op) {
    case COMPARE_EQ:
        return constant ? INSTR_JUMP_EQ_K : INSTR_JUMP_EQ;
    case COMPARE_NOT_EQ:
        return constant ? INSTR_JUMP_NE_K : INSTR_JUMP_NE;
    case COMPARE_LT:
        return constant ? INSTR_JUMP_LT_K : INSTR_JUMP_LT;
    case COMPARE_LT_E:
        return constant ? INSTR_JUMP_LE_K : INSTR_JUMP_LE;
    case COMPARE_GT:
        return constant ? INSTR_JUMP_GT_K : INSTR_JUMP_GT;
    case COMPARE_GT_E:
        return constant ? INSTR_JUMP_GE_K : INSTR_JUMP_GE;
    case COMPARE_IS:
    case COMPARE_IS_NOT:
        return INSTR_JUMP_IS;
    default:
        return INSTR_JUMP_CONTAINS;
    }
}

static bool is_none(const Expr *e)
{
    return e->kind == EXPR_CONSTANT && e->constant.kind == CONSTANT_NONE;
}

static void gen_jump_compare(Compiler *c, Expr *e, bool sense, int label)
{
    int depth = c->unit->depth;
    CompareOperator op = e->compare.ops[0];
    Expr *right_expr = e->compare.comparators.items[0];
    int left = gen_operand(c, e->compare.left);
    if ((op == COMPARE_IS || op == COMPARE_IS_NOT) && is_none(right_expr)) {
        at_expr(c, e);
        c->unit->depth = depth;
        emit_jump(c, (op == COMPARE_IS) == sense ? INSTR_JUMP_IF_NONE : INSTR_JUMP_IF_NOT_NONE,
                  left, 0, 0, label);
        return;
    }
    bool negated = op == COMPARE_IS_NOT || op == COMPARE_NOT_IN;
    int k = op <= COMPARE_GT_E ? small_constant(c, right_expr) : -1;
    int right = k >= 0 ? k : compare_operand(c, op, right_expr);
    at_expr(c, e);
    emit_jump(c, (Opcode)jump_compare_opcode(op, k >= 0), sense != negated, left, right, label);
    c->unit->depth = depth;
}

// Truth of a constant that is known without running: 0, 1, or -1.
static int constant_truth(Compiler *c, Expr *e)
{
    if (e->kind == EXPR_TUPLE || !expr_is_constant(e)) {
        return -1;
    }
    Ref v = constant_value(c, e);
    if (is_error(v)) {
        return -1;
    }
    Truth t = object_is_true(c->ts, v.v);
    ref_drop(&v);
    return t == TRUTH_ERROR ? -1 : t == TRUTH_TRUE;
}

void gen_jump_if(Compiler *c, Expr *e, bool sense, int label)
{
    compiler_check_stack(c);
    int known = constant_truth(c, e);
    if (known >= 0) {
        if ((known == 1) == sense) {
            emit_jump(c, INSTR_JUMP, 0, 0, 0, label);
        }
        return;
    }
    if (e->kind == EXPR_UNARY_OP && e->unary_op.op == UNARY_NOT) {
        gen_jump_if(c, e->unary_op.operand, !sense, label);
        return;
    }
    if (e->kind == EXPR_BOOL_OP) {
        // `and` jumps out when an operand is false, `or` when one is true.
        bool decisive = e->bool_op.op == BOOL_OR;
        int last = e->bool_op.values.count - 1;
        int past = decisive == sense ? label : label_new(c);
        c->unit->conditional++;
        for (int i = 0; i < last; i++) {
            gen_jump_if(c, e->bool_op.values.items[i], decisive, past);
        }
        gen_jump_if(c, e->bool_op.values.items[last], sense, label);
        c->unit->conditional--;
        if (past != label) {
            label_here(c, past);
        }
        return;
    }
    if (e->kind == EXPR_COMPARE && e->compare.comparators.count == 1) {
        warn_of_compare(c, e);
        gen_jump_compare(c, e, sense, label);
        return;
    }
    int depth = c->unit->depth;
    int value = gen_operand(c, e);
    at_expr(c, e);
    emit_jump(c, sense ? INSTR_JUMP_IF_TRUE : INSTR_JUMP_IF_FALSE, value, 0, 0, label);
    c->unit->depth = depth;
}

// a and b, a or b as a value. The result is built in a temporary: a local must not see `a` first.
static void gen_bool(Compiler *c, Expr *e, int dst)
{
    int depth = c->unit->depth;
    int result = is_temp(c, dst) ? dst : temp_new(c);
    int done = label_new(c);
    Opcode op = e->bool_op.op == BOOL_OR ? INSTR_JUMP_IF_TRUE_KEEP : INSTR_JUMP_IF_FALSE_KEEP;
    c->unit->conditional++;
    for (int i = 0; i < e->bool_op.values.count; i++) {
        gen_into(c, e->bool_op.values.items[i], result);
        if (i < e->bool_op.values.count - 1) {
            at_expr(c, e);
            emit_jump(c, op, result, 0, 0, done);
        }
    }
    c->unit->conditional--;
    label_here(c, done);
    c->unit->depth = depth;
    if (result != dst) {
        emit(c, INSTR_MOVE, dst, result, 0);
    }
}

static void gen_conditional(Compiler *c, Expr *e, int dst)
{
    int otherwise = label_new(c), done = label_new(c);
    gen_jump_if(c, e->if_exp.test, false, otherwise);
    c->unit->conditional++;
    gen_into(c, e->if_exp.body, dst);
    emit_jump(c, INSTR_JUMP, 0, 0, 0, done);
    label_here(c, otherwise);
    gen_into(c, e->if_exp.orelse, dst);
    c->unit->conditional--;
    label_here(c, done);
}

// --- Displays ------------------------------------------------------------------------------------

static bool has_star(ExprList list)
{
    for (int i = 0; i < list.count; i++) {
        if (list.items[i]->kind == EXPR_STARRED) {
            return true;
        }
    }
    return false;
}

enum { DISPLAY_ITEMS_MAX = 200 }; // more are appended one by one, so that frames stay small

// [a, b], (a, b), {a, b}, in dst. Items with a star, or very many, go through a growing container.
static void gen_sequence(Compiler *c, Expr *at, ExprList items, ExprKind kind, int dst)
{
    int depth = c->unit->depth;
    Opcode build = kind == EXPR_TUPLE  ? INSTR_BUILD_TUPLE
                   : kind == EXPR_LIST ? INSTR_BUILD_LIST
                                       : INSTR_BUILD_SET;
    if (!has_star(items) && items.count <= DISPLAY_ITEMS_MAX) {
        int first = c->unit->depth;
        for (int i = 0; i < items.count; i++) {
            gen_argument(c, items.items[i], temp_new(c));
        }
        at_expr(c, at);
        emit(c, build, dst, first, items.count);
        c->unit->depth = depth;
        return;
    }
    int container = temp_new(c);
    Expr as_tuple = {.kind = EXPR_TUPLE, .elements = items};
    emit(c, kind == EXPR_SET ? INSTR_BUILD_SET : INSTR_BUILD_LIST, container, 0, 0);
    if (!has_star(items) && kind != EXPR_SET && expr_is_constant(&as_tuple)) {
        int t = temp_new(c);
        if (gen_constant(c, &as_tuple, t)) {
            emit(c, INSTR_LIST_EXTEND, container, t, 0);
            items.count = 0;
        }
        c->unit->depth--;
    }
    for (int i = 0; i < items.count; i++) {
        Expr *item = items.items[i];
        bool star = item->kind == EXPR_STARRED;
        int value = gen_operand(c, star ? item->value : item);
        at_expr(c, item);
        if (kind == EXPR_SET) {
            emit(c, star ? INSTR_SET_UPDATE : INSTR_SET_ADD, container, value, 0);
        } else {
            emit(c, star ? INSTR_LIST_EXTEND : INSTR_LIST_APPEND, container, value, 0);
        }
        c->unit->depth = container + 1;
    }
    at_expr(c, at);
    emit(c, kind == EXPR_TUPLE ? INSTR_LIST_TO_TUPLE : INSTR_MOVE, dst, container, 0);
    c->unit->depth = depth;
}

static void gen_dict(Compiler *c, Expr *e, int dst)
{
    int depth = c->unit->depth;
    int count = e->dict.values.count;
    bool plain = count <= DISPLAY_ITEMS_MAX / 2;
    for (int i = 0; i < count; i++) {
        plain = plain && e->dict.keys.items[i] != NULL;
    }
    if (plain) {
        int first = c->unit->depth;
        for (int i = 0; i < count; i++) {
            gen_argument(c, e->dict.keys.items[i], temp_new(c));
            gen_argument(c, e->dict.values.items[i], temp_new(c));
        }
        at_expr(c, e);
        emit(c, INSTR_BUILD_MAP, dst, first, count);
        c->unit->depth = depth;
        return;
    }
    int map = temp_new(c);
    emit(c, INSTR_BUILD_MAP, map, 0, 0);
    for (int i = 0; i < count; i++) {
        Expr *key = e->dict.keys.items[i];
        if (key == NULL) {
            int other = gen_operand(c, e->dict.values.items[i]);
            at_expr(c, e);
            emit(c, INSTR_MAP_UPDATE, map, other, 0);
        } else {
            int k = gen_operand(c, key);
            int v = gen_operand(c, e->dict.values.items[i]);
            at_expr(c, e);
            emit(c, INSTR_MAP_ADD, map, k, v);
        }
        c->unit->depth = map + 1;
    }
    emit(c, INSTR_MOVE, dst, map, 0);
    c->unit->depth = depth;
}

// --- f-strings -----------------------------------------------------------------------------------

static void gen_formatted(Compiler *c, Expr *e, int dst)
{
    int depth = c->unit->depth;
    int conversion = e->formatted_value.conversion == 's'   ? 1
                     : e->formatted_value.conversion == 'r' ? 2
                     : e->formatted_value.conversion == 'a' ? 3
                                                            : 0;
    if (e->formatted_value.format_spec == NULL) {
        int value = gen_operand(c, e->formatted_value.value);
        at_expr(c, e);
        emit(c, INSTR_FORMAT_VALUE, dst, value, conversion);
    } else {
        int value = temp_new(c);
        gen_argument(c, e->formatted_value.value, value);
        gen_into(c, e->formatted_value.format_spec, temp_new(c));
        at_expr(c, e);
        emit(c, INSTR_FORMAT_WITH_SPEC, dst, value, conversion);
    }
    c->unit->depth = depth;
}

static void gen_joined(Compiler *c, Expr *e, int dst)
{
    if (e->elements.count == 0) {
        emit_constant(c, str_empty(), dst);
        return;
    }
    if (e->elements.count == 1) {
        gen_into(c, e->elements.items[0], dst);
        return;
    }
    int depth = c->unit->depth;
    int first = c->unit->depth;
    int pending = 0;
    for (int i = 0; i < e->elements.count; i++) {
        if (pending == DISPLAY_ITEMS_MAX) { // join what there is, go on behind it
            emit(c, INSTR_BUILD_STRING, first, first, pending);
            c->unit->depth = first + 1;
            pending = 1;
        }
        gen_into(c, e->elements.items[i], temp_new(c));
        pending++;
    }
    at_expr(c, e);
    emit(c, INSTR_BUILD_STRING, dst, first, pending);
    c->unit->depth = depth;
}

// --- Attributes, items, slices -------------------------------------------------------------------

static bool is_super_call(Compiler *c, const Expr *e)
{
    if (e->kind != EXPR_CALL || e->call.func->kind != EXPR_NAME || e->call.args.count != 0 ||
        e->call.keywords.count != 0 || e->call.func->name.size != 5 ||
        memcmp(e->call.func->name.bytes, "super", 5) != 0) {
        return false;
    }
    Unit *u = c->unit;
    if (u->scope->kind != SCOPE_FUNCTION || u->scope->is_comprehension || u->args == NULL ||
        u->args->positional_only.count + u->args->args.count == 0 ||
        gen_symbol(c, e->call.func->name)->place != PLACE_GLOBAL) {
        return false;
    }
    AstString name = arena_intern(c->arena, "__class__", 9);
    Symbol *y = name.bytes != NULL ? scope_find(u->scope, name) : NULL;
    return y != NULL && y->place == PLACE_FREE;
}

// `super`, the class and the instance, into three temporaries. Returns the first.
static int gen_super_operands(Compiler *c, Expr *call)
{
    Unit *u = c->unit;
    int first = temp_reserve(c, 3);
    at_expr(c, call->call.func);
    gen_load_name(c, call->call.func->name, first);
    Symbol *cell = scope_find(u->scope, arena_intern(c->arena, "__class__", 9));
    emit(c, INSTR_LOAD_CELL, first + 1, cell->slot, 0);
    Symbol *self = u->scope->first; // the first parameter
    if (self->place == PLACE_CELL) {
        emit(c, INSTR_LOAD_CELL, first + 2, self->slot, 0);
    } else {
        if (self->flags & SYMBOL_DELETED) {
            emit(c, INSTR_CHECK_LOCAL, self->slot, 0, 0);
        }
        emit(c, INSTR_COPY, first + 2, self->slot, 0);
    }
    return first;
}

static void gen_attribute(Compiler *c, Expr *e, int dst)
{
    compiler_check_stack(c);
    int depth = c->unit->depth;
    if (is_super_call(c, e->attribute.value)) {
        int first = gen_super_operands(c, e->attribute.value);
        at_expr(c, e);
        emit_word(c, INSTR_LOAD_SUPER_ATTR, dst, first, 0, site_new(c, e->attribute.attr));
    } else {
        int object = gen_operand(c, e->attribute.value);
        at_expr(c, e);
        emit_word(c, INSTR_LOAD_ATTR, dst, object, 0, site_new(c, e->attribute.attr));
    }
    c->unit->depth = depth;
}

// Bounds of a slice without a step, into two temporaries.
static int gen_bounds(Compiler *c, Expr *slice)
{
    int first = temp_reserve(c, 2);
    Expr *bounds[2] = {slice->slice.lower, slice->slice.upper};
    for (int i = 0; i < 2; i++) {
        if (bounds[i] == NULL) {
            emit(c, INSTR_LOAD_NONE, first + i, 0, 0);
        } else {
            gen_argument(c, bounds[i], first + i);
        }
    }
    return first;
}

static bool is_plain_slice(const Expr *e) { return e->kind == EXPR_SLICE && e->slice.step == NULL; }

static void gen_slice_object(Compiler *c, Expr *e, int dst)
{
    int depth = c->unit->depth;
    int first = temp_reserve(c, 3);
    Expr *parts[3] = {e->slice.lower, e->slice.upper, e->slice.step};
    for (int i = 0; i < 3; i++) {
        if (parts[i] == NULL) {
            emit(c, INSTR_LOAD_NONE, first + i, 0, 0);
        } else {
            gen_argument(c, parts[i], first + i);
        }
    }
    at_expr(c, e);
    emit(c, INSTR_BUILD_SLICE, dst, first, 0);
    c->unit->depth = depth;
}

static void gen_subscript(Compiler *c, Expr *e, int dst)
{
    warn_of_subscript(c, e);
    compiler_check_stack(c);
    int depth = c->unit->depth;
    int object = gen_operand(c, e->subscript.value);
    Expr *key = e->subscript.slice;
    if (is_plain_slice(key)) {
        int bounds = gen_bounds(c, key);
        at_expr(c, e);
        emit(c, INSTR_GET_SLICE, dst, object, bounds);
        c->unit->depth = depth;
        return;
    }
    if (is_foldable_number(key)) {
        Ref v = constant_value(c, key);
        if (!is_error(v) && value_is_small_int(v.v) && small_int_get(v.v) >= -128 &&
            small_int_get(v.v) <= 127) {
            at_expr(c, e);
            emit(c, INSTR_GET_ITEM_INT, dst, object, (int)(small_int_get(v.v) & 0xFF));
            c->unit->depth = depth;
            return;
        }
        ref_drop(&v);
    }
    int k = small_constant(c, key);
    if (k >= 0) {
        at_expr(c, e);
        emit(c, INSTR_GET_ITEM_K, dst, object, k);
    } else {
        int index = gen_operand(c, key);
        at_expr(c, e);
        emit(c, INSTR_GET_ITEM, dst, object, index);
    }
    c->unit->depth = depth;
}

// --- Calls ---------------------------------------------------------------------------------------

// f(*a, **k) and calls with very many arguments: a tuple and a dict.
static void gen_call_packed(Compiler *c, ExprList args, KeywordList keywords, int callable, int dst,
                            const Expr *at)
{
    int tuple = temp_new(c);
    ASSERT(tuple == callable + 1);
    if (args.count == 1 && args.items[0]->kind == EXPR_STARRED) {
        gen_into(c, args.items[0]->value, tuple); // CALL_EX takes any iterable
    } else {
        gen_sequence(c, (Expr *)at, args, EXPR_TUPLE, tuple);
    }
    if (keywords.count == 1 && keywords.items[0].name.bytes == NULL) {
        gen_into(c, keywords.items[0].value, temp_new(c)); // and any mapping
    } else if (keywords.count > 0) {
        int map = temp_new(c);
        emit(c, INSTR_BUILD_MAP, map, 0, 0);
        for (int i = 0; i < keywords.count; i++) {
            Keyword *k = &keywords.items[i];
            if (k->name.bytes == NULL) {
                int other = gen_operand(c, k->value);
                at_expr(c, at);
                emit(c, INSTR_MAP_MERGE, map, other, callable);
            } else {
                int one = temp_reserve(c, 2);
                emit_constant(c, value_from_text(c, scope_mangle(c, c->unit->scope, k->name), true),
                              one);
                gen_into(c, k->value, one + 1);
                int small = temp_new(c);
                emit(c, INSTR_BUILD_MAP, small, one, 1);
                at_expr(c, at);
                emit(c, INSTR_MAP_MERGE, map, small, callable);
            }
            c->unit->depth = map + 1;
        }
    }
    at_expr(c, at);
    emit(c, INSTR_CALL_EX, dst, callable, keywords.count > 0);
}

static bool needs_packing(ExprList args, KeywordList keywords)
{
    for (int i = 0; i < keywords.count; i++) {
        if (keywords.items[i].name.bytes == NULL) {
            return true;
        }
    }
    return has_star(args) || args.count + keywords.count > DISPLAY_ITEMS_MAX;
}

static Ref keyword_names(Compiler *c, KeywordList keywords)
{
    Value names = tuple_begin(c, (size_t)keywords.count);
    for (int i = 0; i < keywords.count; i++) {
        AstString name = scope_mangle(c, c->unit->scope, keywords.items[i].name);
        tuple_init_item(names, (size_t)i, value_from_text(c, name, true));
    }
    return tuple_end(c);
}

// Arguments into the area at `base`, whose callable (and self) are there already; then the call.
void gen_call_area(Compiler *c, ExprList args, KeywordList keywords, int base, bool method, int dst,
                   const Expr *at)
{
    c->unit->depth = base;
    temp_reserve(c, CALL_ARGUMENTS_AT);
    for (int i = 0; i < args.count; i++) {
        gen_argument(c, args.items[i], temp_new(c));
    }
    for (int i = 0; i < keywords.count; i++) {
        gen_argument(c, keywords.items[i].value, temp_new(c));
    }
    int count = args.count + keywords.count;
    at_expr(c, at);
    if (keywords.count > 0) {
        int names = constant_index(c, keyword_names(c, keywords));
        emit_word(c, method ? INSTR_CALL_METHOD_KW : INSTR_CALL_KW, dst, base, count, names);
    } else {
        emit(c, method ? INSTR_CALL_METHOD : INSTR_CALL, dst, base, count);
    }
}

void check_keywords(Compiler *c, KeywordList keywords)
{
    for (int i = 0; i < keywords.count; i++) {
        for (int k = 0; k < i && keywords.items[i].name.bytes != NULL; k++) {
            if (keywords.items[k].name.bytes == keywords.items[i].name.bytes) {
                FAIL_AT(c, &keywords.items[i].position, "keyword argument repeated: %s",
                        keywords.items[i].name.bytes);
            }
        }
    }
}

static void gen_call(Compiler *c, Expr *e, int dst)
{
    warn_of_call(c, e);
    compiler_check_stack(c);
    int depth = c->unit->depth;
    Expr *func = e->call.func;
    check_keywords(c, e->call.keywords);
    int base = temp_new(c);
    if (needs_packing(e->call.args, e->call.keywords)) {
        gen_into(c, func, base);
        gen_call_packed(c, e->call.args, e->call.keywords, base, dst, e);
        c->unit->depth = depth;
        return;
    }
    bool method = func->kind == EXPR_ATTRIBUTE;
    if (method) {
        int site;
        c->unit->depth = base;
        temp_reserve(c, CALL_ARGUMENTS_AT);
        if (is_super_call(c, func->attribute.value)) {
            int first = gen_super_operands(c, func->attribute.value);
            at_expr(c, func);
            site = site_new(c, func->attribute.attr);
            emit_word(c, INSTR_LOAD_SUPER_METHOD, base, first, 0, site);
        } else {
            int object = gen_operand(c, func->attribute.value);
            at_expr(c, func);
            site = site_new(c, func->attribute.attr);
            emit_word(c, INSTR_LOAD_METHOD, base, object, 0, site);
        }
    } else {
        gen_argument(c, func, base);
    }
    gen_call_area(c, e->call.args, e->call.keywords, base, method, dst, e);
    c->unit->depth = depth;
}

// --- Generators ----------------------------------------------------------------------------------

// Runs the iterator in temporary `iterator` to its end, yielding what it yields;
// its result goes to dst.
void gen_await_in(Compiler *c, int iterator, int dst)
{
    int depth = c->unit->depth;
    int sent = temp_new(c);
    int yielded = temp_new(c);
    int again = label_new(c), done = label_new(c);
    emit(c, INSTR_LOAD_NONE, sent, 0, 0);
    label_here(c, again);
    emit_jump(c, INSTR_SEND, yielded, iterator, sent, done);
    emit(c, INSTR_YIELD_DELEGATE, sent, yielded, iterator);
    emit_jump(c, INSTR_JUMP_BACK, 0, 0, 0, again);
    label_here(c, done);
    c->unit->depth = depth;
    emit(c, INSTR_MOVE, dst, yielded, 0);
}

static void gen_yield(Compiler *c, Expr *e, int dst)
{
    int depth = c->unit->depth;
    int value;
    if (e->value == NULL) {
        value = temp_new(c);
        emit(c, INSTR_LOAD_NONE, value, 0, 0);
    } else {
        value = gen_operand(c, e->value);
    }
    at_expr(c, e);
    if (c->unit->flags & CODE_ASYNC_GENERATOR) {
        int wrapped = temp_new(c);
        emit(c, INSTR_ASYNC_GEN_WRAP, wrapped, value, 0);
        value = wrapped;
    }
    emit(c, INSTR_YIELD, dst, value, 0);
    c->unit->depth = depth;
}

static void gen_delegate(Compiler *c, Expr *e, int dst)
{
    int depth = c->unit->depth;
    int iterator = temp_new(c);
    gen_into(c, e->value, iterator);
    at_expr(c, e);
    emit(c, e->kind == EXPR_AWAIT ? INSTR_GET_AWAITABLE : INSTR_GET_YIELD_FROM_ITER, iterator,
         iterator, 0);
    gen_await_in(c, iterator, dst);
    c->unit->depth = depth;
}

// --- All of them ---------------------------------------------------------------------------------

static void gen_walrus(Compiler *c, Expr *e, int dst)
{
    gen_into(c, e->named_expr.value, dst);
    at_expr(c, e);
    int depth = c->unit->depth;
    int copy = temp_new(c);
    emit(c, INSTR_COPY, copy, dst, 0);
    gen_store_name(c, e->named_expr.target->name, copy, true);
    c->unit->depth = depth;
}

void gen_into(Compiler *c, Expr *e, int dst)
{
    if (gen_constant(c, e, dst)) {
        return;
    }
    at_expr(c, e);
    switch (e->kind) {
    case EXPR_BOOL_OP:
        gen_bool(c, e, dst);
        break;
    case EXPR_NAMED_EXPR:
        gen_walrus(c, e, dst);
        break;
    case EXPR_BIN_OP:
        gen_binary(c, e, dst);
        break;
    case EXPR_UNARY_OP:
        gen_unary(c, e, dst);
        break;
    case EXPR_LAMBDA:
        gen_lambda(c, e, dst);
        break;
    case EXPR_IF_EXP:
        gen_conditional(c, e, dst);
        break;
    case EXPR_DICT:
        gen_dict(c, e, dst);
        break;
    case EXPR_SET:
    case EXPR_LIST:
    case EXPR_TUPLE:
        gen_sequence(c, e, e->elements, e->kind, dst);
        break;
    case EXPR_LIST_COMP:
    case EXPR_SET_COMP:
    case EXPR_DICT_COMP:
    case EXPR_GENERATOR_EXP:
        gen_comprehension(c, e, dst);
        break;
    case EXPR_AWAIT:
    case EXPR_YIELD_FROM:
        gen_delegate(c, e, dst);
        break;
    case EXPR_YIELD:
        gen_yield(c, e, dst);
        break;
    case EXPR_COMPARE:
        gen_compare(c, e, dst);
        break;
    case EXPR_CALL:
        gen_call(c, e, dst);
        break;
    case EXPR_FORMATTED_VALUE:
        gen_formatted(c, e, dst);
        break;
    case EXPR_JOINED_STR:
        gen_joined(c, e, dst);
        break;
    case EXPR_ATTRIBUTE:
        gen_attribute(c, e, dst);
        break;
    case EXPR_SUBSCRIPT:
        gen_subscript(c, e, dst);
        break;
    case EXPR_NAME:
        gen_load_name(c, e->name, dst);
        break;
    case EXPR_SLICE:
        gen_slice_object(c, e, dst);
        break;
    case EXPR_STARRED:
        FAIL_AT(c, e, "can't use starred expression here");
    case EXPR_CONSTANT:
        break;
    }
}
