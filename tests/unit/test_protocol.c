/* Messages over pipes and packets, whole, cut, late and senseless. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "json.h"
#include "protocol.h"

/* Two channels, each the other's peer. */
struct pair {
	struct channel near, far;
	int fds[4];
};

static void open_pipes(struct pair *p)
{
	int a[2], b[2];
	struct error err;

	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	assert_int_equal(channel_init(&p->near, a[0], b[1], "far", &err), 0);
	assert_int_equal(channel_init(&p->far, b[0], a[1], "near", &err), 0);
	memcpy(p->fds, (int[]){a[0], a[1], b[0], b[1]}, sizeof(p->fds));
}

static void close_pipes(struct pair *p)
{
	size_t i;

	channel_free(&p->near);
	channel_free(&p->far);
	for (i = 0; i < 4; i++)
		if (p->fds[i] >= 0)
			close(p->fds[i]);
}

/* The far side answers what lies in its pipe already, so one thread can play both. */
static void test_call(void **state)
{
	struct pair p;
	struct error err = {0};
	json_t *args = json_pack("{s:i, s:s}", "ring", 64, "op", "ignored");
	json_t *request, *reply;

	open_pipes(&p);
	/* id 1 is the first call's; its answer is written before it is asked */
	request = json_pack("{s:i}", "id", 1);
	channel_reply(&p.far, request, json_pack("{s:i}", "answer", 42), &err);
	json_decref(request);
	assert_int_equal(channel_call(&p.near, "open", args, 1000, -1, &reply, &err), 0);
	assert_int_equal(json_u64(reply, "answer", 0), 42);
	json_decref(reply);
	request = channel_receive(&p.far, 1000, -1, &err);
	assert_string_equal(json_str(request, "op", ""), "open");
	assert_int_equal(json_u64(request, "ring", 0), 64);
	assert_int_equal(json_u64(request, "v", 0), PROTOCOL_VERSION);
	assert_int_equal(json_u64(request, "id", 0), 1);
	json_decref(request);
	json_decref(args);
	close_pipes(&p);
}

static void test_error_answer(void **state)
{
	struct pair p;
	struct error err = {0}, why = {.code = -ENODEV, .exit = EX_NOINPUT, .text = "no eth9"};
	json_t *request = json_pack("{s:i}", "id", 1);

	open_pipes(&p);
	channel_reply_error(&p.far, request, &why, &err);
	assert_int_equal(channel_call(&p.near, "open", NULL, 1000, -1, NULL, &err), -ENODEV);
	assert_string_equal(err.text, "no eth9");
	assert_int_equal(err.exit, EX_NOINPUT);
	json_decref(request);
	close_pipes(&p);
}

/* The answer to a call that was given up does not pass for that to the next. */
static void test_late_answer(void **state)
{
	struct pair p;
	struct error err = {0};
	json_t *first = json_pack("{s:i}", "id", 1), *second = json_pack("{s:i}", "id", 2);
	json_t *reply;

	open_pipes(&p);
	assert_int_equal(channel_call(&p.near, "slow", NULL, 1, -1, &reply, &err), -ETIMEDOUT);
	channel_reply(&p.far, first, json_pack("{s:s}", "of", "first"), &err);
	channel_reply(&p.far, second, json_pack("{s:s}", "of", "second"), &err);
	assert_int_equal(channel_call(&p.near, "next", NULL, 1000, -1, &reply, &err), 0);
	assert_string_equal(json_str(reply, "of", ""), "second");
	json_decref(reply);
	json_decref(first);
	json_decref(second);
	close_pipes(&p);
}

static void test_peer_gone(void **state)
{
	struct pair p;
	struct error err = {0};
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	open_pipes(&p);
	for (i = 1; i < 3; i++) { /* the far side's ends */
		close(p.fds[i]);
		p.fds[i] = -1;
	}
	assert_int_equal(channel_call(&p.near, "open", NULL, 1000, -1, NULL, &err), -EPIPE);
	assert_null(channel_receive(&p.near, 1000, -1, &err));
	assert_int_equal(err.code, -EPIPE);
	assert_string_equal(err.text, "far is gone");
	close_pipes(&p);
}

static void test_wake(void **state)
{
	struct pair p;
	struct error err = {0};
	int wake = eventfd(1, 0);

	open_pipes(&p);
	assert_null(channel_receive(&p.near, 10000, wake, &err));
	assert_int_equal(err.code, -EINTR);
	close(wake);
	close_pipes(&p);
}

static void test_senseless(void **state)
{
	static const char *const lines[] = {"\n",         "[]\n", "{\n", "{\"a\":1,\"a\":2}\n",
					    "\xff\xfe\n", "17\n"};
	struct pair p;
	struct error err;
	json_t *value;
	size_t i;

	open_pipes(&p);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_true(write(p.fds[1], lines[i], strlen(lines[i])) > 0);
		assert_null(channel_receive(&p.near, 1000, -1, &err));
		assert_int_equal(err.code, -EPROTO);
	}
	/* two lines in one write, and one in two */
	assert_true(write(p.fds[1], "{\"n\":1}\n{\"n\":", 13) > 0);
	value = channel_receive(&p.near, 1000, -1, &err);
	assert_int_equal(json_u64(value, "n", 0), 1);
	json_decref(value);
	assert_true(write(p.fds[1], "2}\n", 3) > 0);
	value = channel_receive(&p.near, 1000, -1, &err);
	assert_int_equal(json_u64(value, "n", 0), 2);
	json_decref(value);
	close_pipes(&p);
}

/* A message of nearly the largest size goes through a packet socket whole. */
static void test_large_packet(void **state)
{
	struct channel a, b;
	struct error err;
	char *text = malloc(150001);
	json_t *value;
	int fds[2], size = PROTOCOL_LINE_MAX;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	channel_init(&a, fds[0], fds[0], "b", &err);
	channel_init(&b, fds[1], fds[1], "a", &err);
	memset(text, 'x', 150000);
	text[150000] = '\0';
	value = json_pack("{s:s}", "text", text);
	assert_int_equal(channel_send(&a, value, &err), 0);
	json_decref(value);
	value = channel_receive(&b, 1000, -1, &err);
	assert_int_equal(strlen(json_str(value, "text", "")), 150000);
	json_decref(value);
	free(text);
	channel_free(&a);
	channel_free(&b);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),         cmocka_unit_test(test_error_answer),
		cmocka_unit_test(test_late_answer),  cmocka_unit_test(test_peer_gone),
		cmocka_unit_test(test_wake),         cmocka_unit_test(test_senseless),
		cmocka_unit_test(test_large_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
