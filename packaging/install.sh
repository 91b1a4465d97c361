#!/bin/sh
# Installs gpucam from this folder, or removes it again:
#   ./install.sh [--prefix DIR]              into /usr/local as root, into ~/.local otherwise
#   ./install.sh --uninstall [--prefix DIR]  removes the files that the installation wrote, and nothing else
set -eu

say() { printf 'install.sh: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then prefix=/usr/local; else prefix=$HOME/.local; fi
remove=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) [ $# -ge 2 ] || die "--prefix needs a folder"; prefix=$2; shift ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) remove=1 ;;
        -h | --help) sed -n '2,4s/^# \?//p' "$0"; exit ;;
        *) say "unknown argument $1; see --help"; exit 2 ;;
    esac
    shift
done
case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
esac
list=$prefix/share/gpucam/installed-files

if [ -n "$remove" ]; then
    [ -f "$list" ] || die "$list is missing, so nothing is known to be installed in $prefix; name the folder with --prefix"
    folders=$(sed 's|/[^/]*$||' "$list" | sort -ru)
    while IFS= read -r file; do rm -f "$prefix/$file"; done <"$list"
    # Folders that are empty now, the deepest first.
    echo "$folders" | while IFS= read -r folder; do
        while [ "$folder" != . ] && [ -n "$folder" ]; do
            rmdir "$prefix/$folder" 2>/dev/null || break
            case $folder in
                */*) folder=${folder%/*} ;;
                *) break ;;
            esac
        done
    done
    say "removed from $prefix; models, settings and compiled shaders stay in ~/.local/share/gpucam, ~/.config/gpucam and ~/.cache/gpucam"
    exit
fi

[ -x "$here/bin/gpucam" ] || die "$here/bin/gpucam is missing; unpack the whole archive, and run install.sh there"
mkdir -p "$prefix/share/gpucam" || die "cannot write to $prefix; name a folder of yours with --prefix, or run this as root"
cd "$here"
find bin share -type f | LC_ALL=C sort >"$list.new"
echo share/gpucam/installed-files >>"$list.new"
while IFS= read -r file; do
    [ "$file" = share/gpucam/installed-files ] && continue
    mkdir -p "$prefix/${file%/*}"
    # A program that runs keeps its old file.
    cp "$file" "$prefix/$file.new"
    case $file in
        # The service starts what was installed here.
        *.service) sed -i "s|/usr/bin/gpucam|$prefix/bin/gpucam|g" "$prefix/$file.new" ;;
        bin/*) chmod 755 "$prefix/$file.new" ;;
    esac
    mv -f "$prefix/$file.new" "$prefix/$file"
done <"$list.new"
mv -f "$list.new" "$list"
say "installed into $prefix; now: gpucam doctor"
case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) say "$prefix/bin is not in PATH: type $prefix/bin/gpucam, or add it" ;;
esac
