#!/bin/bash
# model: e1000e
# needs: guest
# when: all
set -u
# shellcheck source-path=SCRIPTDIR source=turns.sh
. "$(dirname "$0")/turns.sh"
by_turns e1000e generic
