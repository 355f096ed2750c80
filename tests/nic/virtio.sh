#!/bin/bash
# model: virtio
# needs: guest
# when: all
set -u
# shellcheck source-path=SCRIPTDIR source=turns.sh
. "$(dirname "$0")/turns.sh"
by_turns virtio_net native
