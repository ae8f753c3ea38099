/**
 * Words of Compose, YAML, Go, MySQL, DevLake and of our own sentences, in lower case. They give nothing away by
 * themselves: a value that is one of them is not looked for in other texts, and of what Compose says these words pass.
 */
const words = `colons commas quotes ro rw load a abort due following interface s aborted about above absence absent absolute accept acceptable accepted access accessing account
    accounts acted actions acts add adding additional additionals address addresses admin advises after
    again against agreed ahead ailment alias aliases all allow allowed allows alone alpha alpine already
    also alt although always ambiguous amd among an analytics ancestor anchor anchors and anew anonymous
    another answer answered answers any apache apart api apis append applied apply approval approvals
    approve approved approver architecture are args argument arguments arm array arrays artifacts as ask
    asked asks assemble assigned assignment assume ast at attempt attempted attempts attention attribute
    attributes authproxy auto automatically available avoid aws azure back backend backup bad bak
    bamboo base be beats became because been before began begins begun behind belongs below beside best
    beta between beyond billion binary bind bitbucket bits blank block blocking blocks blueprint blueprints
    body bookworm boolean booleans bound bounded bounds brace bracket brackets branch bridge bring broken
    brought buffer bug builder building built bullseye bundle but by byte bytes cache call called caller
    came can canceled cancelled candidate cannot canonical cap capitalized carries cast catalog cause
    causes certain certainty change changed changeme changes character characters chars charset check
    checked checks choose chose chosen chown circleci circular cites claims classify cleanly cleanup cli
    client clock close closed closes code codes collation collect collected collections collector
    collectors collision colon column columns come comes comma command commands comment commit committed
    compare compared compile compiled compiler completed compliant compose composer compound confidence
    config configs configuration configured confirm conflict conflicting conflicts conform conforms
    confusion connect connected connecting connections considered consistent console const constraint
    constructor contain container containerport containers containing contains content context contexts
    contradict control conversation convert converter converting copies copilot copy core correct corrected
    corrupt cost costlier costs could couldn count counted counts cover covers created creating credentials
    critical cross cure cured current currently customize cut cycle daemon dark darwin dash dashboard data
    database date dead deadline debian debug decide decided decides decimal decision decisions declaration
    declared declares decode decoding deep deeper default defaulting defaults define defined defines
    definition definitions degraded delete demo denied denies depend dependencies dependency depends
    deployment deployments deprecated deps depth describe describes description deserialize destination
    destructive detail detected determine development device devlake diagnosis diagnostic diagnostics dial
    did diff differ different differs digest digests dir directive directives directory disabled disagree
    disallowed discover do docker dockerfile docs document documents does dollar domain done dora dotenv
    double doubts down download downtime driver drivers dropped duplicate duplicated duration during each
    earlier easier edge edit edited editing editor editors edits effect effective either element elements
    else elsewhere email emergency empty enabled encode encoded encoding encountered encryption end ended
    endpoint endpoints ends engine engineering enough enterprise entry entrypoint enum env environment eof
    equal equals errno error errors escalate escape escaped escapes evaluate even event ever every
    everybody everything evidence exactly example examples exceeded exceeds exception exceptions exclusive
    exec executable execution exist exists exit exited exits expanded expanding expect expectations
    expected expects experimental expired explain explanation explicit exponent extends external extra
    extractor fact facts fail failed failing fails failure failures false falsifier far fatal feature feed
    fetch fetching few field fields file filenames filenotfounderror files filter find finding findings
    finish first fit fits fix fixed flag flags floating flow fold folder follow followed follows footprint
    for forbidden forbids force foreign form format formats found free fresh from front frontend full
    function further future gaps gated gateway general generate generic get git gitee github gitlab give
    given gives global gmt go goal goes gone grafana grep grounded group groups guest had hand handed
    handle happened harm has hash have head header health healthy heard heirs held help helps her here hex
    hidden highest him history hold holder holds home host hostip hostname hostport hostports hosts hours
    how http https human identical identifier identity ids if ignore ignored illegal image images
    implemented implicit in includes including incompatible incomplete incorrect incubator ind indentation
    index indicator infinite info inherited initialize initializing inline input inputs inside insights
    inspect inspected inspection install installed instance instead instructing integer integers intent
    internal interpolate interpolated interpolates interpolating interpolation interpreted interpreting
    interrupted into invalid invocation ip irreversible is issue it item items iteration its itself jammy
    jenkins jira join journal journald journaled json judge keep keeps kept kernel key keys keyword killed
    kind kinds know knowing known knows kubernetes label lake language large larger last later latest latin
    laughs layer lead leading leads leaves left legacy length less let letter levels lib light like limit
    limits line lineno lines links lint linux list listens lists literal live loaded loader loading local
    localhost locate lock log logfmt logged login logs long longer look looked looks lookup loop loopback
    loses lost low lower machine made mail main major make makes malformed mandatory manifest many map
    mapped mapping mappings maps mariadb mark marshal mask masked master match matched matches matching
    matter max maximum may mean meaning means member members memory merge merged merges merging merico
    message metadata method mib migrates migrating migration migrations milliseconds min mini minimum minutes
    misfit missing mistake mixed model models modified mongodb more most mounted mounts move moved moves
    moving much multiple multiply must mutating mutually my mysql name named names namespace native near
    need needed needs negative neither nested netstat network networks never new newer next nginx nightly
    no nobody node nodes non none nor normalize not note nothing notice now null number numbers numeric
    oauth object objects observation observed obsolete oci octal of off offered offline offset often old
    older on oncall once one oneoff ones only oom open openai opened opening openssl operating operation
    opsgenie option optional options or order ordering organization origin other others otherwise our ours
    out outcome outer outlive over overflow overlay override overrides own owner owns packages page
    pagerduty parameter parameters parent parents parse parsed parser parsererror parsing part partial
    partly parts pass passed passes passing passwd password past path paths pattern patterns paused pending
    people per percent permission permissionerror permissions person phase phrase picks pid ping pipeline
    pipelines place plain plan planned planner planners planning plans please plugin podman policies policy
    pool port ports position positive possible postgres postgresql potential power precondition predicate
    prefix prepared present preview previous primary print printable printed println prints private probe
    probed problem problems process processes processing production profile profiles program progress
    prohibited project projects promises properties property proposed protocol protocols prove proven
    proves provided provider proxy public publish published publishes publishing pull pulling push put pwd
    python pythonic quality question queue quiet quota quote quoted quotes rabbitmq ran rand random range
    ranges raw rc reach reachable reached reaches read reader reading readonly reads ready reason received
    record recorded records recreate recursion redact redacted redirect redis refdiff refer reference
    referenced references refers refusals refused refuses registry regular reject relative release releases
    remaining remedy remember remote remove removed removes repair repaired repairs repeated replace
    replica replicas report reporter reports repository request required requires reread reserved
    resolution resolve resolved resolver resolving resource resources response rest restart restarts
    restore restored restricted result results resume resumed retry retrying return reused reversible
    review reviewer reviewers rewrite rmdir role root roots round row rule rules run running runs runtime
    safe said same sample save saw say saying says scalar scalars scan scanner scannererror scanning
    scheduler schema schemas scheme schemes scope script search second seconds secret secrets section
    sections see seen sees sentence separator sequence sequences sequential serve server service services
    set sets setting several shape share shared shell short shorter should show shown shows sign signal
    signature signatures signed signing silent simple simulate since single singular site six size skip
    skipped skipping slack slash slice slim small snapshot so socket some somebody something somewhere
    sonarqube soon sound source sources space span specification specified specify specifying split sql
    stable stack stage staging stale stand standalone standard stands start started starting starts state
    stated statement states stats status stay stays stderr step steps still stood stop stopped stops
    storage stored stray strict string stringify strings strip strongest struct structure style subnet
    subtask subtasks succeeds success such sudo suffix suitable sum summary supplied support supported sure
    swarm swedish switch symbol symbolic syntax syslog system systemctl tab table tables tablespaces tabs
    tag tags tail take taken takes taking tapd target targets tcp teams tell tells template temporary
    terminal terminate terminated test text texts than that the their them themselves then there these they
    things this those through thrown time times timestamp to together token tokens told toml too took tool
    tools top total touched touches trace traceback traced traefik trailing transaction transformation
    transformations transient transport tree trello tried trim trouble true trust trusted try turn turns
    twice two type typed typeof types ubuntu udp unable unauthorized unavailable unclosed undefined under
    underlines understood undo undoing undone unexpected unexplained unfinished unhandled unhealthy unicode
    unified uninitialized unique unit unknown unless unmarshal unmarshalling unnamed unnoticed unpublished
    unquoted unreachable unread unreadable unrecognized unrecorded unresolved unsafe unseen unset
    unspecified unstartable unsupported unterminated until untruths unusual up update upper url us usage
    use used user userinfo username usernames uses using utc utf valid validate validating validation
    validity value values variable variables vector verbose verify version versions via visit vocabulary
    voids volume volumes wait waiting waits want wanted wants warn warning was watching way we webserver
    weird well went were what when whenever where wherever whether which while whitespace who whoever whole
    whom whose why wildcard will windows wins wipe with within without word words work workdir worker
    working works workspace worth would writable write writes written wrong wrote yaml yes yet yml you your
    yours yourself zentao zero`;

const plainWords: ReadonlySet<string> = new Set(words.split(/\s+/));

export function isPlainWord(word: string): boolean {
  return plainWords.has(word.toLowerCase());
}

/** Whether a text is nothing but such words, as a sentence is. */
export function isPlainText(text: string): boolean {
  const parts = text.split(/[^A-Za-z]+/).filter((part) => part !== "");
  return parts.length > 0 && /^[A-Za-z\s.,:;'"!?()/_-]*$/.test(text) && parts.every(isPlainWord);
}
