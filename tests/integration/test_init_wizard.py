"""`umbral init` against a sandbox: each answer is checked with its service, and an interrupted dialogue resumes."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.main import serve
from subscriptions.bootstrap.checks.address import ask_address
from subscriptions.bootstrap.owner_code import wait_for_owner
from subscriptions.bootstrap.setting_up import read_plan
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.telegram.bot_desk import BotDesk
from tests.support.chat_owner import Owner
from tests.support.installation import Installation
from tests.support.telethon_accounts import API_HASH
from umbral import env_file
from umbral.cli import main
from umbral_sandbox.server import running_sandbox

PHONE = "+34600000099"
AWAY = "postgresql://umbral:hidden@127.0.0.1:1/umbral"
STOPPED = 130

Line = Callable[[], str]


@pytest.fixture
async def installation(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    async with running_sandbox() as sandbox:
        made = Installation(sandbox, database_url, site="http://127.0.0.1:8000")
        await made.open()
        sandbox.world.telegram.people.add_person("Canales", phone=PHONE.lstrip("+"))
        for name, value in made.services.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("VERTICAL", "tips")
        monkeypatch.setenv("SHOP_LANGUAGE", "es")
        monkeypatch.setenv("LANG", "en_US.UTF-8")
        monkeypatch.delenv("LC_ALL", raising=False)
        before = dict(os.environ)
        yield made
        # `--env-file` loads the whole file into the environment.
        os.environ.clear()
        os.environ.update(before)


class Typist(io.TextIOBase):
    """Standard input that supplies these lines and then Ctrl-C."""

    def __init__(self, *lines: Line) -> None:
        self._lines: Iterator[Line] = iter(lines)

    def isatty(self) -> bool:
        return False

    def readline(self, size: int | None = -1, /) -> str:
        line = next(self._lines, None)
        if line is None:
            raise KeyboardInterrupt
        return f"{line()}\n"


def sent_code(installation: Installation) -> str:
    (sent,) = installation.sandbox.world.telegram.accounts.codes()
    return sent.code


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def init(output: Path, *words: str) -> int:
    return await asyncio.to_thread(main, ["init", "--output", str(output), *words])


def documented_answers(phrase: str) -> int:
    """Return the number in the README at the place given by the phrase."""
    found = re.search(phrase.format(r"(\w+)"), Path(__file__).parents[2].joinpath("README.md").read_text("utf-8"))
    assert found is not None
    numbers = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
    return numbers.index(found[1])


def answers_of(installation: Installation, **changes: object) -> dict[str, object]:
    given = {name: value for name, value in installation.settings.items() if name != "STRIPE_WEBHOOK_SECRET"}
    return {**given, "PLAN": "Retabet 29,90 EUR al mes", **changes}


async def by_file(installation: Installation, folder: Path, **changes: object) -> tuple[int, Path]:
    file, output = folder / "answers.json", folder / "shop.env"
    file.write_text(json.dumps(answers_of(installation, **changes)))
    return await init(output, "--answers", str(file)), output


async def test_answers_file_sets_up_a_shop(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, output = await by_file(installation, tmp_path)

    said = capsys.readouterr()
    assert (status, said.err) == (0, "")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    written = env_file.parse(output)
    assert {name: written[name] for name in installation.services} == installation.services
    assert date.fromisoformat(written["TERMS_VERSION"]) <= datetime.now(UTC).date()
    assert not written.get("CONSOLE"), "over an address that is not encrypted it stays on this machine"
    assert written["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert written["STRIPE_WEBHOOK_SECRET"] != installation.stripe["STRIPE_WEBHOOK_SECRET"]
    assert names(tmp_path) == ["answers.json", "shop.env"]
    assert "no account can create channels" in said.out
    for secret in (*installation.tokens, installation.stripe["STRIPE_SECRET_KEY"], written["SESSION_KEY"]):
        assert secret not in said.out
    assert await asyncio.to_thread(main, ["--env-file", str(output), "plans", "list"]) == 0
    assert "retabet" in capsys.readouterr().out


async def test_console_is_public_over_https_unless_configured(installation: Installation, tmp_path: Path) -> None:
    for port, given, console in ((1, {}, "public"), (2, {"CONSOLE": "ops"}, "ops")):
        folder = tmp_path / console
        folder.mkdir()
        status, output = await by_file(installation, folder, WEB_BASE_URL=f"https://127.0.0.1:{port}", **given)
        assert (status, env_file.parse(output)["CONSOLE"]) == (0, console)


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35}, 1, "TELEGRAM_SUBSCRIPTION_BOT_TOKEN"),
        ({"SENDER_BOT_TOKENS": ["123456:" + "a" * 35]}, 1, "SENDER_BOT_TOKENS"),
        ({"STRIPE_SECRET_KEY": "sk_test_demoNobodys"}, 1, "STRIPE_SECRET_KEY"),
        ({"DATABASE_URL": AWAY}, 1, "DATABASE_URL"),
        ({"WEB_BASE_URL": "http://shop.example"}, 1, "WEB_BASE_URL"),
        ({"PLAN": "Retabet 29,90"}, 1, "PLAN"),
        ({"GRACE_DAYS": 99}, 2, "GRACE_DAYS"),
        ({"TELEGRAM_API_ID": ""}, 2, "TELEGRAM_API_ID"),
        ({"STRIPE_SECRETKEY": "x"}, 2, "STRIPE_SECRETKEY"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_setup_names_an_invalid_answer_and_writes_no_file(
    installation: Installation,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, object],
    status: int,
    named: str,
) -> None:
    ended, output = await by_file(installation, tmp_path, **changes)

    said = capsys.readouterr()
    assert (ended, output.exists()) == (status, False)
    assert named in said.err
    assert "hidden" not in said.err
    assert "demoNobodys" not in said.err


async def test_interrupted_dialogue_resumes_at_each_question(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "shop.env"
    kept = tmp_path / "shop.env.unfinished"
    secrets = [*installation.tokens, installation.stripe["STRIPE_SECRET_KEY"], installation.database_url]
    typed: list[Line] = [
        lambda: "no",
        lambda: "tips",
        lambda: "es",
        lambda: " ".join(installation.tokens),
        lambda: installation.database_url,
        lambda: "http://127.0.0.1:8000",
        lambda: f"1 {API_HASH}",
        lambda: PHONE,
        lambda: sent_code(installation),
        lambda: installation.stripe["STRIPE_SECRET_KEY"],
    ]
    monkeypatch.setenv("ADMIN_TELEGRAM_IDS", "1")
    monkeypatch.delenv("VERTICAL")
    monkeypatch.delenv("SHOP_LANGUAGE")
    for question, line in enumerate([None, *typed]):
        monkeypatch.setattr(sys, "stdin", Typist(*([line] if line is not None else [])))
        assert await init(output, "--no-sale") == STOPPED, question
        said = capsys.readouterr()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert not output.exists()
        assert not [secret for secret in secrets if secret in said.out + said.err]

    monkeypatch.setattr(sys, "stdin", Typist(lambda: "Retabet 29,90 EUR al mes"))
    assert await init(output, "--no-sale") == 0

    assert names(tmp_path) == ["shop.env"]
    assert len(typed) + 1 == documented_answers("asks {} things")
    assert await asyncio.to_thread(main, ["--env-file", str(output), "accounts", "list"]) == 0
    assert "active" in capsys.readouterr().out


async def test_question_is_repeated_after_an_invalid_answer(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bogus = f"123456:{'a' * 35} 123457:{'b' * 35}"
    monkeypatch.setattr(
        sys,
        "stdin",
        Typist(
            lambda: "perhaps",
            lambda: "no",
            lambda: "",
            lambda: "one",
            lambda: bogus,
            lambda: " ".join(installation.tokens),
        ),
    )
    monkeypatch.setenv("ADMIN_TELEGRAM_IDS", "1")

    assert await init(tmp_path / "shop.env") == STOPPED

    said = capsys.readouterr().out
    assert "Write yes or no." in said, said
    assert "you didn't enter anything" in said
    assert "Enter at least two tokens" in said, said
    assert "Telegram doesn't recognise this token" in said
    assert "Tokens accepted for @tienda_bot, @tienda_picks_bot" in said


async def test_setup_finds_the_owner_who_opens_the_link_again_after_a_message_of_a_stranger(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's message is older than the owner's /start, so the wizard does not confirm the owner's update and the
    bot receives that update again. Then the owner opens the link again, and types the code manually.
    """
    output, owner, stranger = tmp_path / "shop.env", Owner(installation), Owner(installation)
    owner.admits(owner.group, "can_invite_users", "can_restrict_members", "can_delete_messages")
    await stranger.writes("hola")
    monkeypatch.setenv("CHAT", str(owner.group))
    monkeypatch.setenv("WEB_BASE_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("DATABASE_URL", installation.database_url)
    monkeypatch.setenv("TELEGRAM_SUBSCRIPTION_BOT_TOKEN", installation.tokens[0])
    monkeypatch.setattr(
        sys,
        "stdin",
        Typist(
            lambda: "yes",
            lambda: installation.stripe["STRIPE_SECRET_KEY"],
            lambda: "Tertulia 9.90 EUR per month",
        ),
    )
    running = asyncio.create_task(init(output, "--no-sale"))
    said = ""
    while (link := re.search(r"start=(owner-\w+)", said)) is None:
        assert not running.done(), (said, capsys.readouterr())
        await asyncio.sleep(0.05)
        said += capsys.readouterr().out
    await owner.writes(f"/start {link[1]}")
    assert await running == 0, capsys.readouterr()
    os.environ.update(env_file.parse(output))
    settings = load(BotSettings, os.environ)
    assert settings.admin_ids == {owner.id}
    begun = len(await owner.messages())

    stop = asyncio.Event()
    bot = asyncio.create_task(serve(settings, stop))
    try:
        # Two updates wait for the bot: the owner's first start from before the wizard, and the link that the wizard
        # left.
        for answers, word in enumerate((None, f"/start {link[1]}", link[1]), start=2):
            if word is not None:
                await owner.writes(word)
            while (
                len(notified := [each for each in (await owner.messages())[begun:] if each["text"].startswith("👋")])
                < answers
            ):
                assert not bot.done()
                await asyncio.sleep(0.05)
        others = [
            each["text"] for each in (await owner.messages())[begun:] if each["from"]["is_bot"] and each not in notified
        ]
        assert all(each.startswith(("🚨", "💬")) for each in others), others
    finally:
        stop.set()
        await bot


async def test_start_message_with_the_owner_link_is_not_also_delivered_to_the_bot(installation: Installation) -> None:
    """A start that is not consumed would make the bot welcome the owner twice."""
    owner, token = Owner(installation), installation.tokens[0]
    base = installation.services["TELEGRAM_BOT_API_BASE"]
    await owner.writes("/start owner-1")
    assert (await wait_for_owner(token, base, "owner-1", "Hello")).telegram_id == owner.id
    async with BotDesk(token, base) as desk:
        assert await desk.words(0) == []
        stranger = Owner(installation)
        await owner.writes("/start owner-2")
        await wait_for_owner(token, base, "owner-2", "Hello")
        assert [word.telegram_id for word in await desk.words(0)] == [stranger.id, owner.id], "the stranger is not lost"


async def test_several_providers_are_accepted_and_an_invalid_provider_is_postponed(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output, owner = tmp_path / "shop.env", Owner(installation)
    owner.admits(owner.group, "can_invite_users", "can_restrict_members", "can_delete_messages")
    monkeypatch.setenv("ADMIN_TELEGRAM_IDS", str(owner.id))
    monkeypatch.setenv("CHAT", str(owner.group))
    monkeypatch.setenv("WEB_BASE_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("DATABASE_URL", installation.database_url)
    monkeypatch.setenv("TELEGRAM_SUBSCRIPTION_BOT_TOKEN", installation.tokens[0])
    key = installation.stripe["STRIPE_SECRET_KEY"]
    wrong: list[Line] = [
        lambda: "yes",
        lambda: "pk_test_51abc",
        lambda: f"{key}, bizum",
        lambda: f"{key} paypal",
        lambda: "id",
        lambda: "secret",
    ]
    monkeypatch.setattr(
        sys, "stdin", Typist(*wrong, lambda: "neither", lambda: "", lambda: "Tertulia 9.90 EUR per month")
    )

    status = await init(output, "--no-sale")

    said = capsys.readouterr().out
    assert status == 0, said
    assert "That is Stripe's publishable key" in said
    assert said.index("Stripe: dashboard") < said.index("PayPal: developer") < said.index("Cryptomus: Business")
    assert re.search(r"PayPal: developer.*\nPaste PAYPAL_CLIENT_ID here\. Your input is hidden\.", said)
    assert "one or more of these names" in said
    assert "PAYPAL_MODE" in said
    written = env_file.parse(output)
    assert written["STRIPE_SECRET_KEY"] == key
    assert not written.get("PAYPAL_CLIENT_ID")


async def test_five_wrong_answers_end_with_instructions(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_TELEGRAM_IDS", "1")
    bogus: Line = lambda: f"123456:{'a' * 35} 123457:{'b' * 35}"  # noqa: E731
    monkeypatch.setattr(sys, "stdin", Typist(lambda: "no", *[bogus] * 5))
    assert await init(tmp_path / "shop.env") == 1
    said = capsys.readouterr()
    assert "TELEGRAM_SUBSCRIPTION_BOT_TOKEN" in said.err
    assert "continue with `umbral init`" in said.out


async def test_account_password_is_requested_again_after_an_error_or_an_interruption(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    brand, number, output = 'Reta\'dor "&" 🎰', "+34600000098", tmp_path / "shop.env"
    installation.sandbox.world.telegram.people.add_person(
        "Con clave", phone=number.lstrip("+"), password="caballo rojo"
    )
    monkeypatch.setenv("ADMIN_TELEGRAM_IDS", "1")
    before: list[Line] = [
        lambda: "no",
        lambda: "tips",
        lambda: " ".join(installation.tokens),
        lambda: installation.database_url,
        lambda: "http://127.0.0.1:8000",
        lambda: f"1 {API_HASH}",
        lambda: number,
        lambda: sent_code(installation),
        lambda: "caballo negro",
    ]
    monkeypatch.setattr(sys, "stdin", Typist(*before))
    assert await init(output, "--no-sale", "--set", f"BRAND_NAME={brand}") == STOPPED
    first = capsys.readouterr()
    assert "ACCOUNT_PASSWORD (account): that isn't the password." in first.out, first

    after: list[Line] = [
        lambda: sent_code(installation),
        lambda: "caballo rojo",
        lambda: installation.stripe["STRIPE_SECRET_KEY"],
        lambda: "Retabet 29,90 EUR al mes",
    ]
    monkeypatch.setattr(sys, "stdin", Typist(*after))
    ended = await init(output, "--no-sale")

    said = capsys.readouterr()
    assert ended == 0, said
    assert env_file.parse(output)["BRAND_NAME"] == brand
    assert not [word for word in ("caballo", "negro") if word in said.out + said.err + output.read_text()]


async def test_setup_with_an_existing_chat_needs_eight_answers(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output, owner = tmp_path / "shop.env", Owner(installation)
    monkeypatch.setenv("ADMIN_TELEGRAM_IDS", str(owner.id))
    monkeypatch.delenv("VERTICAL")
    monkeypatch.delenv("SHOP_LANGUAGE")
    typed: list[Line] = [
        lambda: "yes",
        lambda: "courses",
        lambda: "pt",
        lambda: installation.tokens[0],
        lambda: installation.database_url,
        lambda: "http://127.0.0.1:8000",
        lambda: installation.stripe["STRIPE_SECRET_KEY"],
        lambda: "Tertulia 9.90 EUR per month",
    ]
    assert len(typed) == documented_answers("or {} with a chat")
    monkeypatch.setattr(sys, "stdin", Typist(*typed))
    running = asyncio.create_task(init(output, "--no-sale"))

    owner.admits(owner.group, "can_invite_users")
    assert "lacks rights in “Tertulia”: remove" in (await owner.reads("lacks"))["text"]
    stranger = Owner(installation)
    assert await owner.shares(stranger.channel, "📣 My channel") is not None, "it is not theirs"
    assert await owner.shares(owner.group, "👥 My group") is None
    await owner.reads("✅ Tertulia")

    assert await running == 0, capsys.readouterr()
    written = env_file.parse(output)
    assert not {"TELEGRAM_API_ID", "TELEGRAM_API_HASH", "SENDER_BOT_TOKENS"} & {
        name for name, value in written.items() if value
    }
    assert (written["VERTICAL"], written["SHOP_LANGUAGE"]) == ("courses", "pt")
    assert "It knows everyone who joins through its links" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["--env-file", str(output), "resources"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("tertulia")]
    assert line.split()[:2] == ["tertulia", "group"]
    assert line.split()[4] == "tertulia"


@pytest.mark.parametrize(
    ("chat", "rights", "says"),
    [
        ("nobody", (), "can't find -1009999999999"),
        ("owner", (), "is a private chat"),
        ("channel", (), "can't find|isn't an admin"),
        ("channel", ("can_invite_users", "can_restrict_members"), "lacks rights in “Avisos”: post"),
        ("foreign", ("can_invite_users", "can_restrict_members", "can_post_messages"), "you aren't an admin"),
    ],
)
async def test_setup_names_an_unsuitable_chat_and_writes_no_file(
    installation: Installation,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    chat: str,
    rights: tuple[str, ...],
    says: str,
) -> None:
    owner, other = Owner(installation), Owner(installation)
    named = {"nobody": -1009999999999, "owner": owner.id, "channel": owner.channel, "foreign": other.channel}[chat]
    if rights:
        owner.admits(named, *rights)

    status, output = await by_file(installation, tmp_path, CHAT=named, ADMIN_TELEGRAM_IDS=owner.id)

    said = capsys.readouterr()
    assert (status, output.exists()) == (1, False), said
    assert "CHAT (channel or group)" in said.err
    assert re.search(says, said.err), said.err


async def test_setup_from_an_answers_file_with_a_chat_needs_no_account_and_can_be_repeated(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    owner, output = Owner(installation), tmp_path / "shop.env"
    owner.admits(owner.channel, "can_invite_users", "can_restrict_members", "can_post_messages")
    left_out = {"TELEGRAM_API_ID", "TELEGRAM_API_HASH", "SESSION_KEY", "SENDER_BOT_TOKENS"}
    answers = answers_of(installation, CHAT=owner.channel, ADMIN_TELEGRAM_IDS=owner.id)
    file = tmp_path / "answers.json"
    wanted = {name: value for name, value in answers.items() if name not in left_out}
    for _ in range(2):
        file.write_text(json.dumps(wanted))
        assert await init(output, "--answers", str(file)) == 0, capsys.readouterr()
        said = capsys.readouterr().out
        assert "account" not in said, said
        wanted["STRIPE_WEBHOOK_SECRET"] = env_file.parse(output)["STRIPE_WEBHOOK_SECRET"]
        output.unlink()


@pytest.mark.parametrize(
    ("typed", "name", "price", "interval"),
    [
        ("Pronósticos VIP 29,90 EUR al mes", "Pronósticos VIP", "29.90 EUR", Interval.MONTH),
        ("Bet365, 9.99 € / semana", "Bet365", "9.99 EUR", Interval.WEEK),
        ("Plan 10 $100 per year", "Plan 10", "100.00 USD", Interval.YEAR),
        ("Retabet 29 eur", "Retabet", "29.00 EUR", Interval.MONTH),
        ("Retabet 29 euros al mes", "Retabet", "29.00 EUR", Interval.MONTH),
        ("Plan 10 99,90 dólares al año", "Plan 10", "99.90 USD", Interval.YEAR),
        ("Alfa 20 reais por mês", "Alfa", "20.00 BRL", Interval.MONTH),
        ("Beta 9.99 pounds a week", "Beta", "9.99 GBP", Interval.WEEK),
        ("Alfa R$ 29,90 por mês", "Alfa", "29.90 BRL", Interval.MONTH),
    ],
)
def test_plan_name_price_and_interval_are_parsed_from_one_typed_line(
    typed: str, name: str, price: str, interval: Interval
) -> None:
    plan = read_plan(typed)

    assert (plan.name, f"{plan.price.decimal} {plan.price.currency}", plan.interval) == (name, price, interval)


def test_plan_typed_as_a_price_only_gets_the_default_name() -> None:
    plan = read_plan("29 euros al mes", "Acceso")
    assert (plan.name, f"{plan.price.decimal} {plan.price.currency}") == ("Acceso", "29.00 EUR")
    with pytest.raises(InvalidInput):
        read_plan("29 al mes", "Acceso")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("", "plan"),
        ("Retabet", "plan"),
        ("Retabet 29,90", "plan"),
        ("29,90 EUR", "plan"),
        ("Retabet 29 per month", "plan"),
        ("Retabet 29 por mes", "plan"),
        ("Retabet 29 XYZ al mes", "currency"),
        ("Retabet 29,90 EUR al siglo", "period"),
    ],
)
def test_incomplete_plan_is_refused(typed: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_plan(typed)
    assert refused.value.field == field


@pytest.mark.parametrize("typed", ["", "shop", "ftp://shop.example.com", "https://"])
async def test_text_that_is_no_web_address_is_not_reported_as_an_unencrypted_address(typed: str) -> None:
    trouble = await ask_address(typed, is_serving=False)
    assert trouble is not None
    assert trouble.code == "address_none"


@pytest.mark.parametrize("code", ["paypal", "cryptomus", "stars"])
async def test_setup_succeeds_with_each_provider_as_the_first_provider(
    installation: Installation,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    code: str,
) -> None:
    """The wizard verifies the credentials of the provider, and registers its webhook if the provider has an API for
    webhooks.
    """
    seller = {"display_name": "Tienda", "webhook_url": "http://127.0.0.1:9/nowhere"}
    opened = await installation.control("POST", f"providers/{code}/demo", seller) if code != "stars" else {}
    given: dict[str, str] = {"STARS": "on"} if code == "stars" else dict(opened["settings"])
    ours = given.pop("PAYPAL_WEBHOOK_ID", None)
    price = "100 XTR" if code == "stars" else "29,90 EUR"
    settings = {name: value for name, value in answers_of(installation).items() if not name.startswith("STRIPE")}
    monkeypatch.delenv("STRIPE_API_BASE")
    file, output = tmp_path / "answers.json", tmp_path / "shop.env"
    file.write_text(json.dumps({**settings, **given, "PLAN": f"Retabet {price} al mes"}))

    status = await init(output, "--answers", str(file))

    said = capsys.readouterr()
    assert (status, said.err) == (0, ""), said
    written = env_file.parse(output)
    assert {name: written.get(name) for name in given} == given
    if ours is not None:
        assert written["PAYPAL_WEBHOOK_ID"] not in {"", "NONE-YET", ours}
