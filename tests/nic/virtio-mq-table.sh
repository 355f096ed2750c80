#!/bin/bash
# model: virtio-mq
# needs: guest root
# when: all
# seconds: 600
set -u
# shellcheck source-path=SCRIPTDIR source=table.sh
. "$(dirname "$0")/table.sh"
table
