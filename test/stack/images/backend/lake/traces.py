"""The call stacks that DevLake's errors, panics and gin's recovery print."""

from .release import RELEASE

DEVLAKE = "github.com/apache/incubator-devlake/"
_GIN = "github.com/gin-gonic/gin."
_GIN_FILES = "/go/pkg/mod/github.com/gin-gonic/gin@v1.9.1/"
REPEATED = ("[...repeated from below...]", None)


def devlake(*calls):
    """(function, file and line) of each `function file:line`, given below DevLake's import path and /app."""
    return tuple((DEVLAKE + function, "/app/" + place) for function, place in (call.split(" ") for call in calls))


_NEXT = (_GIN + "(*Context).Next", _GIN_FILES + "context.go:174")
_GOEXIT = ("runtime.goexit", "/usr/local/go/src/runtime/asm_amd64.s:1771")
_MAIN = (("main.main", "/app/server/main.go:33"), ("runtime.main", "/usr/local/go/src/runtime/proc.go:290"), _GOEXIT)
_LAUNCH = devlake("server/api.CreateAndRunApiServer server/api/api.go:74")
_INIT = devlake("server/api.Init server/api/api.go:58") + _LAUNCH
_SERVE = (
    _NEXT,
    (_GIN + "CustomRecoveryWithWriter.func1", _GIN_FILES + "recovery.go:102"),
    _NEXT,
    (_GIN + "LoggerWithConfig.func1", _GIN_FILES + "logger.go:240"),
    _NEXT,
    (_GIN + "(*Engine).handleHTTPRequest", _GIN_FILES + "gin.go:620"),
    (_GIN + "(*Engine).ServeHTTP", _GIN_FILES + "gin.go:576"),
    ("net/http.serverHandler.ServeHTTP", "/usr/local/go/src/net/http/server.go:3311"),
    ("net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go:2067"),
    _GOEXIT,
)
_AUTH = "server/api.CreateApiServer"
_MIDDLEWARE = devlake(
    *([f"{_AUTH}.CSRFProtect.(*Service).CSRFProtect.func3 server/api/auth/middleware.go:136",
       f"{_AUTH}.RequireAuth.(*Service).RequireAuth.func2 server/api/auth/middleware.go:100"] if RELEASE.auth else []),
    "server/api.OAuth2ProxyAuthentication.func1 server/api/middlewares.go:95",
    *([f"{_AUTH}.OIDCAuthentication.(*Service).OIDCAuthentication.func1 server/api/auth/middleware.go:61"] if RELEASE.auth else []),
    "server/api.RestAuthentication.func1 server/api/middlewares.go:117",
)
# From a handler down to the listener.
HANDLER = tuple(frame for middleware in _MIDDLEWARE for frame in (_NEXT, middleware)) + _SERVE

CONNECT = devlake(
    "core/runner.NewGormDbEx core/runner/db.go:90",
    "core/runner.NewGormDb core/runner/db.go:44",
    "core/runner.CreateAppBasicRes core/runner/basic_res.go:48",
    "server/services.InitResources server/services/init.go:63",
    "server/services.Init server/services/init.go:117",
) + _INIT + _MAIN
PLUGINS = devlake(
    "core/runner.LoadGoPlugins core/runner/loader.go:88",
    "core/runner.LoadPlugins core/runner/loader.go:38",
    "server/services.Init server/services/init.go:123",
) + _INIT + _MAIN
_GORM_ERROR = devlake("impls/dalgorm.(*Dalgorm).convertGormError impls/dalgorm/dalgorm.go:547")
_ALL = devlake("impls/dalgorm.(*Dalgorm).All impls/dalgorm/dalgorm.go:209")
_MIGRATE_AT_START = devlake("server/services.InitExecuteMigration server/services/init.go:109",
                            "server/api.CreateAndRunApiServer server/api/api.go:75") + _MAIN
_CONFIRM = devlake("server/api.SetupApiServer.func1 server/api/api.go:131") + HANDLER
_RUN_SCRIPT = _GORM_ERROR + devlake(
    "impls/dalgorm.(*Dalgorm).Exec impls/dalgorm/dalgorm.go:146",
    "impls/dalgorm.(*Dalgorm).RenameColumn impls/dalgorm/dalgorm.go:367",
    "helpers/migrationhelper.ChangeColumnsType[...] helpers/migrationhelper/migrationhelper.go:60",
    "core/models/migrationscripts.(*script).Up core/models/migrationscripts/script.go:44",
    "core/migration.(*migratorImpl).Execute core/migration/migrator.go:100",
    "server/services.ExecuteMigration server/services/init.go:155",
)
SCRIPT_AT_START, SCRIPT_CONFIRMED = _RUN_SCRIPT + _MIGRATE_AT_START, _RUN_SCRIPT + _CONFIRM
IN_PROGRESS = devlake("server/services.ExecuteMigration server/services/init.go:146") + _CONFIRM
_RELOAD = devlake(
    "helpers/pluginhelper/services.(*BlueprintManager).GetDbBlueprints helpers/pluginhelper/services/blueprint_helper.go:171",
    "server/services.ReloadBlueprints server/services/blueprint.go:262",
    "server/services.pipelineServiceInit server/services/pipeline.go:100",
    "server/services.ExecuteMigration server/services/init.go:166",
)
RELOAD_AT_START, RELOAD_CONFIRMED = _RELOAD + _MIGRATE_AT_START, _RELOAD + _CONFIRM
_GORM_MODULE = "/go/pkg/mod/gorm.io/gorm@v1.25.5/"
_DECRYPT = devlake("core/plugin.Decrypt core/plugin/plugin_utils.go:78",
                   "impls/dalgorm.(*EncDecSerializer).Scan impls/dalgorm/encdec_serializer.go:55") + (
    ("gorm.io/gorm/schema.(*Field).setupValuerAndSetter.func17", _GORM_MODULE + "schema/field.go:951"),
    ("gorm.io/gorm.(*DB).scanIntoStruct", _GORM_MODULE + "scan.go:75"),
    ("gorm.io/gorm.Scan", _GORM_MODULE + "scan.go:307"),
    ("gorm.io/gorm/callbacks.Query", _GORM_MODULE + "callbacks/query.go:28"),
    ("gorm.io/gorm.(*processor).Execute", _GORM_MODULE + "callbacks.go:130"),
    ("gorm.io/gorm.(*DB).Find", _GORM_MODULE + "finisher_api.go:170"),
)
READY = devlake("server/services.Ready server/services/probes.go:32", "server/api/ping.Ready server/api/ping/ping.go:47") + _SERVE
GATE = devlake("server/api.SetupApiServer.func2 server/api/api.go:150") + HANDLER
HEALTH = devlake("server/services.Health.func1 server/services/probes.go:47") + (_GOEXIT,)


def queried(frames):
    """A query that failed, called from `frames`."""
    return _GORM_ERROR + _ALL + frames


def decrypting(frames):
    """A row that did not decrypt, read for `frames`."""
    return _DECRYPT + _ALL + frames


def block(frames):
    lines = ["attached stack trace", "  -- stack trace:"]
    for function, place in frames:
        lines += [f"  | {function}"] if place is None else [f"  | {function}", f"  | \t{place}"]
    return "\n".join(lines)


def goroutine(frames):
    """What Go prints below a panic; `frames` end where main.main calls them."""
    lines = ["goroutine 1 [running]:"]
    for function, place in (*frames, _MAIN[0]):
        lines += [f"{function}()", f"\t{place} +0x30"]
    return "\n".join(lines)


def recovered(frames):
    """gin's own walk over the stack, with the source line of each frame."""
    code = {"(*Context).Next": "c.handlers[c.index](c)", "(*Engine).ServeHTTP": "engine.handleHTTPRequest(c)"}
    lines = ["/app/core/errors/util.go:34 (0x16b4924)", "\tMust: panic(err)"]
    for function, place in frames:
        name = function.rsplit("/", 1)[-1].split(".", 1)[-1]
        lines += [f"{place} (0x12cb54a)", f"\t{name}: {code.get(name, 'c.Next()')}"]
    return "\n".join(lines)


MUST = devlake("core/errors.Must core/errors/util.go:34")
GO_CONNECT = devlake("core/runner.CreateAppBasicRes core/runner/basic_res.go:50", "server/services.InitResources server/services/init.go:63",
                     "server/services.Init server/services/init.go:117") + _INIT
GO_PLUGINS = MUST + devlake("server/services.Init server/services/init.go:123") + _INIT
GO_LOCK = devlake("server/services.lockDatabase server/services/locking.go:64", "server/services.Init server/services/init.go:120") + _INIT
GO_SCRIPT = MUST + _MIGRATE_AT_START[:2]
GO_RELOAD = MUST + _RELOAD + _MIGRATE_AT_START[:2]
GO_SERVE = devlake("server/api.RunApiServer server/api/api.go:178", "server/api.CreateAndRunApiServer server/api/api.go:78")
GO_MODE = ((_GIN + "SetMode", _GIN_FILES + "mode.go:74"),) + devlake("server/api.SetupApiServer server/api/api.go:117",
                                                                    "server/api.CreateAndRunApiServer server/api/api.go:77")
GO_AUTH = devlake("server/api/auth.Init.func1 server/api/auth/auth.go:92") + (
    ("sync.(*Once).doSlow", "/usr/local/go/src/sync/once.go:78"), ("sync.(*Once).Do", "/usr/local/go/src/sync/once.go:69"),
) + devlake("server/api/auth.Init server/api/auth/auth.go:89", "server/api.Init server/api/api.go:59") + _LAUNCH
# What gin's recovery walks over: from the panic on.
RECOVERED_RELOAD = _RELOAD
RECOVERED_BLUEPRINTS = _RELOAD[:1] + devlake("server/services.GetBlueprints server/services/blueprint.go:77",
                                             "server/api/blueprints.Index server/api/blueprints/blueprints.go:80") + HANDLER
RECOVERED_CONFIRM = devlake("server/api.SetupApiServer.func1 server/api/api.go:131") + HANDLER
