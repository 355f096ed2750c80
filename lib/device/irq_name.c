/*
 * What drivers call their interrupts, as in their sources: a word and the number of a queue at the
 * end ("eth0-TxRx-3", "ens1f0-rx-0", "virtio1-input.0", "mlx5_comp3@pci:0000:08:00.0", "eth2 (queue
 * 0)"), or of some only a number ("eth0-3"). See irq.h.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "irq.h"

#define WORD_SIZE 8

/* The word before the number, in lower case. */
static const struct {
	const char *word;
	enum irq_serves serves;
} words[] = {
	{"txrx", IRQ_BOTH},  /* intel, bnxt_en, tg3, hns3, ena ("Tx-Rx") */
	{"rxtx", IRQ_BOTH},  /* vmxnet3, nfp, octeontx2, thunderx, liquidio */
	{"fp", IRQ_BOTH},    /* bnx2x, qede */
	{"comp", IRQ_BOTH},  /* mlx5 */
	{"q", IRQ_BOTH},     /* be2net, mana */
	{"qp", IRQ_BOTH},    /* hinic3 */
	{"queue", IRQ_BOTH}, /* cxgb3 */
	{"rx", IRQ_RX},      /* igb, e1000e, vmxnet3, enic, cxgb4, ionic ... */
	{"rxq", IRQ_RX},     /* hinic */
	{"input", IRQ_RX},   /* virtio_net */
	{"tx", IRQ_TX},      {"txq", IRQ_TX}, {"output", IRQ_TX},
};

struct parsed {
	enum irq_serves serves; /* 0: no queue's */
	bool weak;              /* only a number: counts where no interrupt has a word */
	unsigned int number;
};

/* The letters that end at END, in lower case, into WORD; where they begin. */
static const char *word_before(const char *start, const char *end, char word[WORD_SIZE])
{
	const char *at = end;
	size_t i;

	while (at > start && isalpha((unsigned char)at[-1]) && end - at < WORD_SIZE - 1)
		at--;
	for (i = 0; at + i < end; i++)
		word[i] = (char)tolower((unsigned char)at[i]);
	word[i] = '\0';
	return at;
}

static enum irq_serves word_serves(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].word, word))
			return words[i].serves;
	return 0;
}

static struct parsed name_parse(const char *name)
{
	/* "@pci:..." is where, and behind a comma others that share the interrupt */
	const char *end = name + strcspn(name, "@,"), *digits, *word_end, *at;
	struct parsed p = {0};
	char word[WORD_SIZE];

	while (end > name && (end[-1] == ')' || end[-1] == ']'))
		end--;
	for (digits = end; digits > name && isdigit((unsigned char)digits[-1]); digits--)
		;
	/* i40e's and ice's for the flow director: "i40e-0000:01:00.0:fdir-TxRx-0" */
	if (digits == end || strstr(name, ":fdir-"))
		return p;
	p.number = (unsigned int)strtoul(digits, NULL, 10);
	for (word_end = digits; word_end > name && strchr("-._: [(", word_end[-1]); word_end--)
		;
	at = word_before(name, word_end, word);
	/* an interface may be called rx0, and its link's interrupt so */
	if (at > name || word_end < digits)
		p.serves = word_serves(word);
	/* "Tx-Rx" */
	if ((p.serves == IRQ_RX || p.serves == IRQ_TX) && at > name && at[-1] == '-') {
		word_before(name, at - 1, word);
		if (!strcmp(word, "tx") || !strcmp(word, "rx"))
			p.serves = IRQ_BOTH;
	}
	/* "eth0-3", "mlx4-3@0000:08:00.0", "eth0[3]"; but "eth0" is the whole device's */
	if (!p.serves && word_end < digits && word_end > name) {
		p.weak = true;
		p.serves = IRQ_BOTH;
	}
	return p;
}

int irq_by_queue(const void *a, const void *b)
{
	const struct irq_queue *x = a, *y = b;

	if (x->queue != y->queue)
		return x->queue < y->queue ? -1 : 1;
	if ((x->serves & IRQ_RX) != (y->serves & IRQ_RX))
		return (x->serves & IRQ_RX) ? -1 : 1;
	return x->irq < y->irq ? -1 : x->irq > y->irq;
}

/* The lowest number of those that serve any of DIRECTIONS. */
static unsigned int lowest(const struct parsed *p, size_t n, enum irq_serves directions, bool weak)
{
	unsigned int min = ~0U;
	size_t i;

	for (i = 0; i < n; i++)
		if ((p[i].serves & directions) && p[i].weak == weak && p[i].number < min)
			min = p[i].number;
	return min;
}

size_t irq_queues_of_names(const struct irq_name *names, size_t n, unsigned int rx_queues,
			   unsigned int tx_queues, bool guess, struct irq_queue *list)
{
	struct parsed *p = calloc(n ? n : 1, sizeof(*p));
	size_t i, found = 0, strong = 0, weak = 0, used = 0;
	unsigned int rx_first, tx_first;

	for (i = 0; p && i < n; i++) {
		p[i] = name_parse(names[i].name);
		strong += p[i].serves && !p[i].weak;
		weak += p[i].weak;
		used += names[i].name[0] != '\0';
	}
	if (!p)
		return 0;
	if (used > 1 && (strong || weak)) {
		/* tg3 begins with 1, for its first is the link's */
		rx_first = lowest(p, n, IRQ_RX, !strong);
		tx_first = lowest(p, n, IRQ_TX, !strong);
		for (i = 0; i < n; i++) {
			bool rx = p[i].serves & IRQ_RX;
			unsigned int queue = p[i].number - (rx ? rx_first : tx_first);

			/* mlx5 has more of them than the interface has queues */
			if (p[i].serves && p[i].weak == !strong &&
			    queue < (rx ? rx_queues : tx_queues))
				list[found++] =
					(struct irq_queue){names[i].irq, queue, p[i].serves};
		}
	} else if (guess) {
		for (i = 0; i < n && found < rx_queues; i++)
			if (names[i].name[0]) {
				list[found] = (struct irq_queue){names[i].irq, (unsigned int)found,
								 IRQ_BOTH};
				found++;
			}
	}
	free(p);
	qsort(list, found, sizeof(*list), irq_by_queue);
	return found;
}
