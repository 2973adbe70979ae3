#!/usr/bin/env bash
# Fetches programs of others that use github.com/IBM/sarama, puts this library in its place by a line in their go.mod (../shim),
# builds them and runs those of their tests that need no broker. Nothing of their source is changed; where a test implements an
# interface as it was before sarama v1.61.1, a file of testdata/programs/NAME adds the methods that have come since.
#
#     compat/programs.sh [-v] [-real] [-kafka] [NAME...]
#
# -v shows all that commands print, -real has sarama v1.61.1 itself in place, which tells whose a failure is. -kafka runs, instead,
# those of their tests that need brokers, on three brokers of Apache Kafka (functional_test/withkafka). Exit code: 0 all
# passed, 1 some failed, 2 none failed but some could not be fetched, 3 wrong arguments. Tests that are known to race by themselves
# are run twice if they fail as the race has them fail, and that is said: see races.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export GOWORK=off GOFLAGS="${GOFLAGS:-} -mod=mod"

# NAME MODULE@VERSION TESTS PACKAGES: of the packages, tests with a name like TESTS need no broker.
programs='
goka        github.com/lovoo/goka@v1.1.14                                     .       . ./examples/4-tests ./integrationtest ./multierr ./storage ./tester ./web/...
watermill   github.com/ThreeDotsLabs/watermill-kafka/v3@v3.0.6                Marshal ./...
otelsarama  github.com/dnwe/otelsarama@v0.0.0-20240308230250-9388d9d40bc0     .       ./...
cloudevents github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2@v2.16.2    .       ./...
'

# With -kafka. The tests find the brokers in the environment. Their own clusters create topics when they are first spoken of.
# NAME VARIABLE=VALUE,... TESTS PACKAGES: {} stands for the addresses, TESTS!OTHERS for TESTS without OTHERS; a variable with
# dots is a property of the brokers. A program may have several lines: goka has a test with Config.Version 0.11, whose
# DescribeConfigs Kafka 4 does not have any more. Its processors are to join their group together, for which brokers wait 3 s by
# Kafka's default.
kafka='
goka        GOKA_SYSTEMTEST=y,GOKA_SYSTEMTEST_BROKERS={},group.initial.rebalance.delay.ms=3000   .!TestTopicManager_v11  ./systemtest
goka        GOKA_SYSTEMTEST=y,GOKA_SYSTEMTEST_BROKERS={},KAFKA_VERSION=3.9.1                     TestTopicManager_v11    ./systemtest
watermill   WATERMILL_TEST_KAFKA_BROKERS={}                                                      .                       ./...
'

# With -kafka, tests that fail now and then on a busy machine by what they do themselves; each failure was seen with sarama,
# too. One that fails and says what the race has it say is run again, once, on other brokers. Whatever else fails has failed.
# NAME;TEST;WHAT IT SAYS;WHY. TEST and WHAT IT SAYS are patterns, those of subtests have a slash.
races='
goka;Test[^/]*(/.*)?;Topic with this name already exists|requested topic was not found;goka takes a topic for created when one broker knows it, and the next client asks another one (topic_manager.go:233)
goka;TestRebalance;context closed while waiting for startup tables|error consuming from group consumer: context deadline exceeded;its processors are stopped 16 s after their start, wherever they are by then: starting, or joining (processor_test.go:364)
goka;TestRebalanceSharePartitions;waiting for p1 started timed out;a processor ends when the brokers of its new table do not lead it yet; the test does not look at its error (partition_table.go:246, processor_test.go:444)
goka;TestProcessorVisit/visit-panic;VisitAll aborted;whether a visit is done or aborted is chance when its processor stops for it (partition_processor.go:713)
goka;TestProcessorVisit/visit-shutdown;expected: 1;counts what visits of 500 ms manage within 750 ms of real time (processor_visit_test.go:254)
goka;TestProcessorVisit/.*;waiting for value-ok timed out;what is emitted after Setup may be before the end of the partition, where the claim begins to read (processor.go:548)
'

verbose='' real='' kafka_wanted='' chosen=()
for argument; do
  case $argument in
    -v) verbose=1 ;;
    -real) real=1 ;;
    -kafka) kafka_wanted=1 ;;
    *)
      grep -q "^$argument " <<<"$programs" || { echo "there is no program $argument; there are: $(awk '{print $1}' <<<"$programs" | xargs)"; exit 3; }
      chosen+=("$argument")
      ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { # runs a command; what it prints is shown if it fails or if that is asked for
  if "$@" >"$work/out" 2>&1; then
    [ -z "$verbose" ] || cat "$work/out"
    return 0
  fi
  if [ -n "$verbose" ]; then
    cat "$work/out"
  else
    grep -vE '^(=== |\?|ok |PASS$)|^ *--- (PASS|SKIP)' "$work/out" | tail -n 200
  fi
  grep -E "^ *--- FAIL|^FAIL" "$work/out"
  return 1
}

fetch() { # MODULE FOLDER: copies the module to where it can be written
  local source
  source=$(cd "$work" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
  [ -n "$source" ] && cp -r "$source" "$2" && chmod -R u+w "$2"
}

replace() { # puts sarama in its place, and makes sure that it is there
  if [ -n "$real" ]; then
    go mod edit -replace github.com/IBM/sarama=github.com/IBM/sarama@v1.61.1
    return
  fi
  go mod edit -replace "github.com/IBM/sarama=$root/shim" -replace "github.com/seed20e6684a/sarama=$root" &&
    [ "$(go list -m -f '{{.Dir}}' github.com/IBM/sarama)" = "$root/shim" ]
}

check_kafka() { # NAME: in the program's folder, with brokers
  local row status=0
  while read -r row; do
    # shellcheck disable=SC2086 # they are words
    check_row $row </dev/null || status=1
  done < <(grep "^$1 " <<<"$kafka")
  return "$status"
}

check_row() { # NAME VARIABLE=VALUE,... TESTS PACKAGES...
  local name=$1 tests=$3 passed without='' version='' variables=() flags=(-brokers 3) status=0
  [ "${tests#*!}" = "$tests" ] || without=${tests#*!}
  local variable
  for variable in ${2//,/ }; do
    case $variable in
      *={}) flags+=(-as "${variable%=*}") ;;
      *.*=*) flags+=(-property "$variable") ;;
      *) variables+=("$variable") ;;
    esac
    case $variable in KAFKA_VERSION=*) version=${variable#*=} ;; esac
  done
  shift 3
  run replace || { echo "FAILED: the replacement"; return 1; }
  on_kafka() { # TESTS PACKAGES...
    local wanted=$1
    shift
    run env "${variables[@]}" "$work/withkafka" "${flags[@]}" -- \
      go test -vet=off -p 1 -count=1 -timeout 9m -v -run "$wanted" -skip "$without" "$@"
  }
  on_kafka "${tests%%!*}" "$@" || status=1
  passed=$(grep -cE '^ *--- PASS' "$work/out")
  local skipped
  skipped=$(grep -cE '^ *--- SKIP' "$work/out")
  if [ "$status" != 0 ]; then
    local again
    again=$(raced "$name") && echo "RUN AGAIN, ONCE: $again" && on_kafka "^($again)\$" "$@" ||
      { echo "FAILED: tests of $* on Kafka, ${tests/!/ without }"; return 1; }
    passed=$((passed + $(grep -cE '^ *--- PASS' "$work/out")))
  fi
  [ "$passed" != 0 ] || { echo "FAILED: no test was run"; return 1; }
  echo "$passed tests passed, $skipped skipped, in $*, on three brokers${version:+ of Kafka $version}"
}

raced() { # NAME: prints A|B, the tests that failed in what was run last, if all have failed as races have it; says so to stderr
  local failed test top='' found pattern says why said
  failed=$(sed -nE 's/^ *--- FAIL: ([^ ]+).*/\1/p' "$work/out")
  # All tests have ended if none has taken the others along.
  [ -n "$failed" ] && ! grep -qE '^(panic: |FAIL.*\[)' "$work/out" || return 1
  for test in $failed; do
    grep -qF -- "$test/" <<<"$failed" && continue # by what it consists of
    # What it and those around it say is printed from a test's start, or its name, until the next one's.
    said=$(awk -v t="$test" '/^=== (RUN|NAME|CONT) |^ *--- (PASS|FAIL|SKIP): /{on = $3 == t || index(t, $3 "/") == 1} on' "$work/out")
    found=''
    while IFS=';' read -r program pattern says why; do
      if [ "$program" = "$1" ] && grep -qE "^$pattern\$" <<<"$test" && grep -qE "$says" <<<"$said"; then
        found=1
        echo "RACES BY ITSELF: $test: $why" >&2
        break
      fi
    done <<<"$races"
    [ -n "$found" ] || { echo "FAILED, and not by a race that is known: $test" >&2; return 1; }
    case "|$top|" in *"|${test%%/*}|"*) ;; *) top=${top:+$top|}${test%%/*} ;; esac
  done
  echo "$top"
}

check() { # NAME TESTS PACKAGES...: in the program's folder
  local beside=$root/compat/testdata/programs/$1 tests=$2 passed
  shift 2
  set +f # the words are arguments by now
  run replace || { echo "FAILED: the replacement"; return 1; }
  run go build ./... || { echo "FAILED: build"; return 1; }
  if [ -d "$beside" ]; then
    cp "$beside"/*_test.go .
    echo "beside its tests: $(cd "$beside" && ls ./*_test.go | xargs)"
  fi
  # -vet=off: what a newer Go finds in the program itself is nobody's here.
  run go test -vet=off -short -count=1 -timeout 3m -v -run "$tests" "$@" || { echo "FAILED: tests of $*"; return 1; }
  passed=$(grep -cE '^ *--- PASS' "$work/out")
  [ "$passed" != 0 ] || { echo "FAILED: no test was run"; return 1; }
  echo "built; $passed tests passed, $(grep -cE '^ *--- SKIP' "$work/out") skipped, in $*"
}

if [ -n "$kafka_wanted" ]; then
  (cd functional_test && GOFLAGS='' go build -o "$work/withkafka" ./withkafka) || { echo "functional_test/withkafka does not build"; exit 1; }
fi

passed=() failed=() absent=()
while read -r name module tests packages; do
  [ -n "$name" ] || continue
  [ ${#chosen[@]} = 0 ] || [[ " ${chosen[*]} " == *" $name "* ]] || continue
  tested="check $name $tests $packages"
  if [ -n "$kafka_wanted" ]; then
    tested="check_kafka $name"
    grep -q "^$name " <<<"$kafka" || { printf '\n== %s\nNO TESTS THAT NEED BROKERS\n' "$module"; continue; }
  fi
  printf '\n== %s\n' "$module"
  begin=$SECONDS
  # set -f: what is several words has no files' names for its patterns.
  if ! fetch "$module" "$work/$name"; then
    absent+=("$name")
  elif (set -f && cd "$work/$name" && $tested) </dev/null; then
    passed+=("$name")
  else
    failed+=("$name")
  fi
  printf '%d s\n' $((SECONDS - begin))
done <<<"$programs"

printf '\n'
for name in "${passed[@]}"; do printf 'PASSED: %s\n' "$name"; done
for name in "${failed[@]}"; do printf 'FAILED: %s\n' "$name"; done
for name in "${absent[@]}"; do printf 'NOT FETCHED, NOT CHECKED: %s\n' "$name"; done
[ ${#failed[@]} = 0 ] || exit 1
[ ${#absent[@]} = 0 ] || exit 2
