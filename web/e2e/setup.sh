#!/bin/sh
# Makes sure of what the tests need beside Go: Node 20 or newer with npm, Chromium, and nginx. As root on Debian it installs
# what is missing, else it says what to install. CHROMIUM names another browser than the distribution's.
set -eu

missing=""
node_ok() { command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0] >= 20' 2>/dev/null)" = true ]; }
command -v gofmt >/dev/null || { echo "Go 1.26 is needed: https://go.dev/dl" >&2; exit 1; }
node_ok || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || missing="$missing chromium"
nginx_ok() { PATH="$PATH:/usr/sbin:/usr/local/bin:/opt/homebrew/bin" command -v nginx >/dev/null; }
nginx_ok || missing="$missing nginx-light"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086 # a list of words
	apt-get install -qq -y --no-install-recommends $missing >/dev/null
fi

bad=0
node_ok || { echo "Node 20 or newer is needed to test the pages: on Debian 13, apt-get install nodejs npm; else https://nodejs.org" >&2; bad=1; }
command -v npm >/dev/null || { echo "npm is needed to test the pages: apt-get install npm" >&2; bad=1; }
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || { echo "Chromium is needed to test the pages: apt-get install chromium, or name one: CHROMIUM=/path/to/chromium" >&2; bad=1; }
nginx_ok || { echo "nginx is needed to test the pages behind a proxy: apt-get install nginx-light" >&2; bad=1; }
exit $bad
