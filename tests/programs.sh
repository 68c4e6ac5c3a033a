#!/bin/sh
# Installs the programs that tests use, where that is possible without asking; otherwise says what to type.
# Chromium shows pages (its driver needs libatomic1), Node and Apache run relying parties of others, nginx stands in front.
set -u
PATH="$PATH:/usr/sbin"

missing=
need() { # PACKAGE, then the command that succeeds where it is there
  package=$1
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $package"
}
need chromium test -x /usr/bin/chromium
need libatomic1 sh -c 'ls /usr/lib/*/libatomic.so.1'
need nodejs command -v node
need npm command -v npm
need nginx command -v nginx
need apache2-bin test -x /usr/sbin/apache2
need media-types test -e /etc/mime.types
need libapache2-mod-auth-openidc test -e /usr/lib/apache2/modules/mod_auth_openidc.so
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Some tests will fail: they need more programs. Install them: sudo $install" >&2
  exit 0
fi

# A package starts its service when it is installed. Tests start servers of their own: nothing here is to take a port.
policy=/usr/sbin/policy-rc.d
if [ -d /run/systemd/system ] && [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
echo "Programs: installing$missing for the tests (a minute or two) ..."
if said=$({ apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive $install -q; } 2>&1); then
  case $missing in
    *nginx*) update-rc.d nginx disable >/dev/null 2>&1 ;;
  esac
else
  echo "$said"
  echo "Not all of them could be installed: tests that need them will fail." >&2
fi
exit 0
