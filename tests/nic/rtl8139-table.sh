#!/bin/bash
# model: rtl8139
# needs: guest
# when: all
# seconds: 600
set -u
# shellcheck source-path=SCRIPTDIR source=table.sh
. "$(dirname "$0")/table.sh"
SENDER=packet table
