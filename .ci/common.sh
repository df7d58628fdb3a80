# What the scripts of this folder share; each sources it first. It enters the root of the
# repository and makes a temporary folder, "$scratch", which is removed at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The caller's packages must not replace a dependency that pyproject.toml lacks.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV SPARK_HOME
# README shows plain pip commands; these variables make them quiet.
export PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
# scikit-learn and SciPy read this on import; without it, the tests of the array API skip.
export SCIPY_ARRAY_API=1

scratch=$(mktemp -d)
finish() {
  status=$?
  rm -rf "$scratch"
  if ((status)); then
    printf '\n==> FAILED (exit %d) after %d s\n' "$status" "$SECONDS" >&2
  fi
}
trap finish EXIT

enter_environment() { # folder [python]: makes a virtual environment and activates it
  "${2:-python3}" -m venv "$1"
  # shellcheck disable=SC1091
  . "$1/bin/activate"
  # By default numba keeps compiled code in the checkout, where other environments and
  # earlier runs would share it, which could hide a failure to compile.
  export NUMBA_CACHE_DIR="$1/numba"
}

find_ratings() { # sets SKLEARN_COFI_DATA if a folder beside the repository has real ratings
  local folder
  for folder in ../*/data; do
    if [[ -z ${SKLEARN_COFI_DATA:-} && -d $folder/ml-100k ]]; then
      SKLEARN_COFI_DATA=$(cd "$folder" && pwd)
      export SKLEARN_COFI_DATA
    fi
  done
}

keep_folder() { # arguments of the script: sets keep to the folder after --keep, or to nothing
  keep=
  if [[ ${1:-} == --keep && -n ${2:-} ]]; then
    mkdir -p "$2"
    keep=$(cd "$2" && pwd)
  elif (($#)); then
    printf 'usage: %s [--keep FOLDER]\n' "$0" >&2
    exit 2
  fi
}
