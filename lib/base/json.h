/*
 * Glue on jansson: typed access that says what was missing, and one-line
 * printing. Object keys keep their order.
 */
#ifndef RINGLOSS_BASE_JSON_H
#define RINGLOSS_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* obj[key] or the fallback when it is missing or of another type. */
uint64_t json_u64(const json_t *obj, const char *key, uint64_t fallback);
int64_t json_s64(const json_t *obj, const char *key, int64_t fallback);
double json_num(const json_t *obj, const char *key, double fallback);
bool json_flag(const json_t *obj, const char *key, bool fallback);
const char *json_str(const json_t *obj, const char *key, const char *fallback);

/* Set obj[key]; integers of more than 63 bits cannot come up in counts of frames. */
void json_put_u64(json_t *obj, const char *key, uint64_t value);
void json_put_num(json_t *obj, const char *key, double value);
void json_put_flag(json_t *obj, const char *key, bool value);
void json_put_str(json_t *obj, const char *key, const char *value);

/* A string of any bytes: in one that is not UTF-8, each byte above ASCII becomes "?". New
 * reference. */
json_t *json_text(const char *s);

/* BYTES as an array of numbers. New reference. */
json_t *json_bytes(const uint8_t *bytes, size_t n);

/* obj[key], an array of numbers, into BYTES; what is not there becomes 0. */
void json_get_bytes(const json_t *obj, const char *key, uint8_t *bytes, size_t n);

/* VALUE as one line without its newline. The caller frees. NULL: no memory. */
char *json_line(const json_t *value);

#endif
