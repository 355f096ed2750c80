/* The screen of `ringloss watch`, by ncurses: what is drawn and what keys do; see show.h. */
#include <ctype.h>
#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "lines.h"
#include "show.h"

#define SIDEWAYS 8    /* columns that an arrow goes */
#define FRAME_LINES 2 /* above and below the tables */

struct screen {
	SCREEN *terminal;
	struct watch_view view;
	struct watch_status status;
	struct watch_lines lines;
	struct watch_order orders[WATCH_SECTIONS];
	size_t selected; /* section whose order keys change */
	int top, left;
	bool only_moving, paused, help;
};

static const char *const help[] = {
	"s           sort the section that is marked by its next column",
	"r           the other way round",
	"Tab         mark the next section",
	"a           all rows, or only those that move",
	"p, space    pause, and go on",
	"+ -         look less, more often",
	"arrows, PgUp, PgDn, Home, End   scroll",
	"h           this help",
	"q           quit",
	"",
	"What could not be read or means nothing is n/a. Speeds, queues, interrupts and sockets",
	"are read once a second at most.",
};

struct screen *screen_open(void)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (screen)
		screen->terminal = newterm(NULL, stdout, stdin);
	if (!screen || !screen->terminal) {
		free(screen);
		return NULL;
	}
	if (!tigetstr("cup")) { /* a terminal that can only go on */
		endwin();
		delscreen(screen->terminal);
		free(screen);
		return NULL;
	}
	for (size_t i = 0; i < WATCH_SECTIONS; i++)
		screen->orders[i] = (struct watch_order){watch_section_kinds[i].sort,
							 watch_section_kinds[i].descending};
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	return screen;
}

void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen->terminal);
	watch_view_free(&screen->view);
	watch_lines_free(&screen->lines);
	free(screen);
}

void screen_resize(struct screen *screen)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clearok(stdscr, TRUE);
}

void screen_pause(struct screen *screen, bool paused)
{
	screen->paused = paused;
}

/* ---- drawing ---- */

/* What of TEXT fits in line Y. */
static void put_line(int y, int from, const char *text, attr_t attributes)
{
	int len = (int)strlen(text);

	if (y < 0 || y >= LINES)
		return;
	attrset((int)attributes);
	if (from < len)
		mvaddnstr(y, 0, text + from, COLS);
	attrset(A_NORMAL);
}

static void draw_status(const struct screen *screen)
{
	const struct watch_status *s = &screen->status;
	char text[256], now[32];

	clock_wall_iso(now, sizeof(now));
	snprintf(text, sizeof(text),
		 "ringloss watch  %s  %.8s UTC  every %g s%s%s  rates over %.2f s  own CPU %.1f %%",
		 *s->where ? s->where : "this host", now + 11, s->interval,
		 screen->paused ? "  PAUSED" : "", screen->only_moving ? "  only what moves" : "",
		 screen->view.seconds, s->elapsed > 0 ? s->cpu_seconds / s->elapsed * 100 : 0);
	put_line(0, 0, text, A_REVERSE);
}

static attr_t look_of(const struct screen *screen, const struct watch_line *line)
{
	if (line->kind == WATCH_LINE_TITLE)
		return line->section == screen->selected ? A_BOLD | A_UNDERLINE : A_BOLD;
	if (line->kind == WATCH_LINE_HEAD)
		return A_DIM;
	return line->losing ? A_BOLD : A_NORMAL;
}

static int rows_shown(void)
{
	return LINES > FRAME_LINES ? LINES - FRAME_LINES : 0;
}

static void draw_tables(struct screen *screen)
{
	int last = (int)screen->lines.n - rows_shown();

	if (screen->top > last)
		screen->top = last;
	if (screen->top < 0)
		screen->top = 0;
	for (int y = 0; y < rows_shown() && screen->top + y < (int)screen->lines.n; y++) {
		const struct watch_line *line = &screen->lines.list[screen->top + y];

		put_line(y + 1, screen->left, line->text, look_of(screen, line));
	}
}

static void draw_help(void)
{
	for (int y = 0; y < rows_shown() && y < (int)(sizeof(help) / sizeof(help[0])); y++)
		put_line(y + 1, 0, help[y], A_NORMAL);
}

/* The view stays whole: what is hidden now may be asked for without a new look. */
static void make_lines(struct screen *screen)
{
	struct watch_view shown = screen->view;
	struct watch_row *copies[WATCH_SECTIONS] = {0};

	for (size_t i = 0; i < WATCH_SECTIONS; i++) {
		struct watch_section *section = &shown.sections[i];

		watch_section_sort(section, &watch_section_kinds[i], screen->orders[i].column,
				   screen->orders[i].descending);
		if (!screen->only_moving || !section->n)
			continue;
		copies[i] = calloc(section->n, sizeof(*section->rows));
		if (!copies[i])
			continue;
		memcpy(copies[i], section->rows, section->n * sizeof(*section->rows));
		section->rows = copies[i];
		watch_section_filter(section);
	}
	watch_lines_make(&screen->lines, &shown, screen->orders, true);
	watch_lines_add_notes(&screen->lines, screen->status.notes, 0);
	for (size_t i = 0; i < WATCH_SECTIONS; i++)
		free(copies[i]);
}

void screen_draw(struct screen *screen, struct watch_view *view, const struct watch_status *status)
{
	if (view) {
		watch_view_free(&screen->view);
		screen->view = *view;
		*view = (struct watch_view){0};
	}
	screen->status = *status;
	make_lines(screen);
	erase();
	draw_status(screen);
	if (screen->help)
		draw_help();
	else
		draw_tables(screen);
	if (LINES > 1)
		put_line(LINES - 1, 0,
			 "q quit  s sort  r reverse  Tab section  a all/moving  p pause  + - "
			 "interval  h help",
			 A_REVERSE);
	refresh();
}

/* ---- keys ---- */

static enum screen_wish key_scroll(struct screen *screen, int key)
{
	switch (key) {
	case KEY_UP:
		screen->top--;
		break;
	case KEY_DOWN:
		screen->top++;
		break;
	case KEY_PPAGE:
		screen->top -= rows_shown();
		break;
	case KEY_NPAGE:
		screen->top += rows_shown();
		break;
	case KEY_HOME:
		screen->top = screen->left = 0;
		break;
	case KEY_END:
		screen->top = (int)screen->lines.n;
		break;
	case KEY_LEFT:
		screen->left -= screen->left ? SIDEWAYS : 0;
		break;
	case KEY_RIGHT:
		screen->left += SIDEWAYS;
		break;
	}
	return SCREEN_DRAW;
}

enum screen_wish screen_key(struct screen *screen)
{
	struct watch_order *order = &screen->orders[screen->selected];
	int key = getch();

	if (key == ERR)
		return SCREEN_NOTHING;
	switch (key < KEY_MIN ? tolower(key) : key) {
	case 'q':
		return SCREEN_QUIT;
	case 'p':
	case ' ':
		return SCREEN_PAUSE;
	case '+':
		return SCREEN_SLOWER;
	case '-':
		return SCREEN_FASTER;
	case 's':
		order->column =
			(order->column + 1) % watch_section_kinds[screen->selected].n_columns;
		return SCREEN_DRAW;
	case 'r':
		order->descending = !order->descending;
		return SCREEN_DRAW;
	case '\t':
		screen->selected = (screen->selected + 1) % WATCH_SECTIONS;
		return SCREEN_DRAW;
	case 'a':
		screen->only_moving = !screen->only_moving;
		return SCREEN_DRAW;
	case 'h':
	case '?':
		screen->help = !screen->help;
		return SCREEN_DRAW;
	default:
		return key_scroll(screen, key);
	}
}
