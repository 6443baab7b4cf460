/*
 * How to step from a frame to its caller's, by the place in the code: compiled from the
 * tables when first asked for, and kept in few bytes.
 */
#ifndef PTMEM_UNWIND_RULES_H
#define PTMEM_UNWIND_RULES_H

#include "unwind/images.h"
#include "unwind/row.h"

#define RULE_SAVED_MAX 6

enum rule_kind {
	RULE_EMPTY, /* not in the cache */
	RULE_PLAIN,
	RULE_DETAILED, /* more than a plain rule can say */
	RULE_OUTERMOST,
	RULE_NONE, /* no table has this code */
};

/*
 * A plain one: the base of the frame is `base_words` words from a register; the return address is
 * where a call leaves it; and these registers are saved so many words from the base.
 */
struct rule {
	uint64_t pc;
	uint8_t kind; /* enum rule_kind */
	uint8_t base_register;
	uint8_t saved_count;
	uint8_t saved[RULE_SAVED_MAX];
	int16_t base_words;
	int16_t saved_words[RULE_SAVED_MAX];
};

/* Its row; the offsets of expressions are those in the pool. */
struct rule_detail {
	uint64_t pc;
	struct row row;
};

struct rules {
	struct process_images *images;
	struct rule *rules; /* by pc, open addressing; a power of two */
	size_t count, capacity;
	struct rule_details VEC(struct rule_detail) details;
	struct rule_pool VEC(uint8_t) pool; /* the bytes of expressions */
};

struct ptmem_error *rules_init(struct rules *rules, struct process_images *images);
void rules_deinit(struct rules *rules);

/* All of them: something was unloaded. */
void rules_forget(struct rules *rules);

/* Compiles what is not there yet. NULL where this is no code that was loaded. Until the next call.
 */
const struct rule *rules_compile(struct rules *rules, uint64_t pc);

/* That of a detailed rule. */
const struct row *rules_row(const struct rules *rules, const struct rule *rule);

static inline size_t rules_slot(const struct rules *rules, uint64_t pc)
{
	return (pc * 0x9e3779b97f4a7c15u) >> 32 & (rules->capacity - 1);
}

static inline const struct rule *rules_find(struct rules *rules, uint64_t pc)
{
	size_t slot = rules_slot(rules, pc);

	for (;; slot = (slot + 1) & (rules->capacity - 1)) {
		const struct rule *rule = &rules->rules[slot];

		if (rule->kind == RULE_EMPTY)
			return rules_compile(rules, pc);
		if (rule->pc == pc)
			return rule;
	}
}

#endif
