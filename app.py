"""create_app(): the only place where the parts are wired together."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import cli
import errors
import logs
import models  # noqa: F401  (the session and the migrations need the tables known)
import presentation
import scope  # noqa: F401  (every transaction enters its scope)
import security
from blueprints import (
    accounts,
    api,
    archive,
    audio,
    audit,
    dashboard,
    health,
    media,
    news,
    objects,
    podcast,
    podcast_feed,
    sources,
    subscriptions,
    usage,
    users,
)
from config import Settings
from extensions import cache, csrf, db, htmx, limiter, login_manager, migrate
from runtime import running_url, secret_key
from services.caching import cache_config

BLUEPRINTS = (
    accounts,
    archive,
    dashboard,
    news,
    media,
    audio,
    sources,
    subscriptions,
    usage,
    users,
    audit,
    objects,
    podcast,
    podcast_feed,
    api,
    health,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app from `settings`, or from the environment.

    Nothing is asked of the database here, so that commands work while it is away.

    Raises:
        ConfigError: the environment is malformed.
    """
    settings = settings or Settings.from_environment()
    logs.configure(settings)
    app = Flask(__name__)
    app.config.from_mapping(settings.for_flask())
    app.config.from_mapping(cache_config(settings))
    app.config["SECRET_KEY"] = (
        settings.secret_key.get_secret_value()
        if settings.secret_key
        else secret_key(settings.folder)
    )
    app.config["SQLALCHEMY_DATABASE_URI"] = _database(settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, hops)  # type: ignore[method-assign]

    db.init_app(app)
    migrate.init_app(app, db, directory="migrations")
    # Its own way of giving templates the user would ask the database for every error page too.
    login_manager.init_app(app, add_context_processor=False)
    cache.init_app(app)
    limiter.init_app(app)
    htmx.init_app(app)

    logs.register(app)
    errors.register(app)
    security.register(app)
    csrf.init_app(app)  # reads the body, so it comes after the limit on bodies
    presentation.register(app)
    for area in BLUEPRINTS:
        app.register_blueprint(area.bp)
    cli.register(app)
    return app


def _database(settings: Settings) -> str:
    """Return the address of the database; an embedded one that does not run answers nobody."""
    if settings.sqlalchemy_url:
        return settings.sqlalchemy_url
    running = running_url(settings.folder) or "postgresql://earshot@127.0.0.1:9/earshot"
    return running.replace("postgresql://", "postgresql+psycopg://", 1)
