/*
 * The ways of showing a view: one screen or one stream. What they are told beside the view is the
 * same.
 */
#ifndef RINGLOSS_WATCH_SHOW_H
#define RINGLOSS_WATCH_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "model.h"

struct watch_status {
	const char *where;   /* namespace; "": this host */
	double interval;     /* s */
	double elapsed;      /* s since the watch began */
	double cpu_seconds;  /* that the watch itself took since then */
	const json_t *notes; /* texts */
	size_t notes_told;   /* of these, in blocks before */
};

/* One block for people. The view is filtered for it. */
void watch_plain_print(struct watch_view *view, const struct watch_status *status, FILE *out);

/* One line. False: no memory. */
bool watch_json_print(const struct watch_view *view, const struct watch_status *status, FILE *out);

/* ---- the screen ---- */

struct screen;

/* Takes over the terminal. NULL: it is none that a screen can be drawn on. */
struct screen *screen_open(void);

/* Gives the terminal back as it was. */
void screen_close(struct screen *screen);

/*
 * Take *VIEW over (emptied) and draw it, also a second time as keys ask for; VIEW NULL: the one
 * that it has.
 */
void screen_draw(struct screen *screen, struct watch_view *view, const struct watch_status *status);

enum screen_wish {
	SCREEN_NOTHING,
	SCREEN_DRAW,
	SCREEN_PAUSE,
	SCREEN_FASTER,
	SCREEN_SLOWER,
	SCREEN_QUIT
};

/* What the next key that was typed asks for; SCREEN_NOTHING: there is none. */
enum screen_wish screen_key(struct screen *screen);

/* The terminal has another size. */
void screen_resize(struct screen *screen);

void screen_pause(struct screen *screen, bool paused);

#endif
