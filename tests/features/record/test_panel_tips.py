"""Tips in the panel, from a typed line to the public record."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.customer import StaffRole
from tests.integration.bot.conftest import Stage
from tests.integration.bot.staff import owner, staff, words

LINE = "Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | {at}"


def soon(stage: Stage) -> str:
    """Return the time in two hours, as typed by the operator."""
    at = (stage.core.clock().now() + timedelta(hours=2)).astimezone(stage.core.policy().zones.home)
    return f"{at:%d/%m/%Y %H:%M}"


async def test_tip_typed_in_one_line_is_published_and_appears_with_its_result_in_the_record(stage: Stage) -> None:
    async with stage.running():
        ana, olga = await stage.person("Ana"), await owner(stage)
        await olga.open()
        assert "¿Para qué plan?" in (await olga.write(LINE.format(at=soon(stage))))["text"]
        preview = (await olga.press("Retabet"))["text"]
        for part in (
            "Betis – Sevilla",
            "Goles · Más de 2,5",
            "Cuota 1,85",
            "Stake 3 u",
            "Todavía no se ha enviado nada",
        ):
            assert part in preview, preview
        assert "Publicado en 🎰 Retabet" in (await olga.press("Sí, publicar"))["text"]
        await stage.http.post("/clock/advance", json={"hours": 4})
        await olga.open()
        assert "Betis – Sevilla" in (await olga.press("Pronósticos"))["text"]
        assert "Betis – Sevilla, 2,55 unidades" in (await olga.press("1 ✅"))["text"]
        await ana.send("/historial")
        record = (await ana.said("Historial"))["text"]
        for part in ("1 con resultado", "+2,55 u", "Betis – Sevilla: Goles · Más de 2,5 · 1,85 · Acertado"):
            assert part in record, record


async def test_missing_fields_of_a_typed_tip_are_requested_and_invalid_fields_are_named(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        wrong = await olga.write(LINE.format(at=soon(stage)).replace("1,85", "cuota 0,85").replace(" | 3u", ""))
        assert "¿Para qué plan?" in wrong["text"]
        assert "¿Cuántas unidades?" in (await olga.press("Sportium"))["text"]
        refused = await olga.write("500")
        assert "⚠️ Cuota: escribe un número de 1" in refused["text"]
        refused = await olga.write("1,85")
        assert "⚠️ Stake: escribe de 0,01 a 100" in refused["text"]
        assert "Cuota 1,85" in (await olga.write("3u"))["text"]
        past = await olga.write(LINE.format(at="1/1/2020 21:00"))
        assert "¿Para qué plan?" in past["text"]
        assert "⚠️ Inicio: ya ha pasado" in (await olga.press("Sportium"))["text"]


async def test_fields_of_a_tip_are_requested_one_by_one(stage: Stage) -> None:
    async with stage.running():
        marta = await staff(stage, StaffRole.MANAGER)
        await marta.open()
        await marta.press("Pronósticos")
        await marta.press("Publicar pronóstico")
        await marta.press("Retabet")
        for answer in ("Betis – Sevilla", "faltas"):
            seen = await marta.write(answer)
        assert "no existe «faltas»" in seen["text"]
        assert "¿Qué selección?" in (await marta.press("Goles"))["text"]
        for answer in ("Más de 2,5", "1,85", "3", soon(stage)):
            seen = await marta.write(answer)
        assert "Goles · Más de 2,5" in seen["text"]
        assert any("Cuota mínima" in word for word in words(seen))
        assert "Publicado" in (await marta.press("Sí, publicar"))["text"]


async def test_combined_tip_is_settled_leg_by_leg(stage: Stage) -> None:
    async with stage.running():
        olga = await owner(stage)
        await olga.open()
        line = f"Combinada | 2,25 | 2u | {soon(stage)}\nA – B | más de 2,5 goles | 1,50\nC – D | X2 | 1,5"
        await olga.write(line)
        assert "1. A – B: Goles · Más de 2,5" in (await olga.press("Retabet"))["text"]
        await olga.press("Sí, publicar")
        await stage.http.post("/clock/advance", json={"hours": 4})
        await olga.open()
        await olga.press("Pronósticos")
        await olga.press("1 ⋯")
        assert "la selección 1 de 2" in (await olga.press("Por selecciones"))["text"]
        assert "la selección 2 de 2" in (await olga.press("✅ Acertado"))["text"]
        assert "A – B + C – D, 1 unidades" in (await olga.press("⭕ Anulado"))["text"]
        assert "A – B + C – D" in (await olga.press("Con resultado"))["text"]


async def test_tips_and_results_are_imported_from_files_sent_to_the_bot(stage: Stage) -> None:
    async with stage.running():
        olga, ana = await owner(stage), await stage.person("Ana")
        await olga.open()

        async def send(file: str, encoding: str = "utf-8") -> str:
            seen = await olga.answer_to(
                await olga.phone.do(
                    "send", to=stage.bot.username, text="", kind="document", file=file, encoding=encoding
                )
            )
            return str(seen["text"])

        head = "clave;plan;evento;mercado;selección;cuota;stake;inicio"
        rows = [f"{key};retabet;{key} – Sevilla;Goles;Más de 2,5;1,85;3;{soon(stage)}" for key in ("Betis", "Celta")]
        await olga.press("Pronósticos")
        await olga.press("Publicar desde un archivo")
        wrong = await send("\n".join([head, rows[0], rows[1].replace("1,85", "0,85")]))
        assert "3 (odds)" in wrong
        for encoding in ("utf-8-sig", "utf-16"):
            # The line of Excel counts as one of the file.
            assert "4 (odds)" in await send(
                "sep=;\r" + "\r".join([head, rows[0], rows[1].replace("1,85", "0,85")]), encoding
            )
        # The first line with a letter that is not ASCII is the heading “selección”.
        assert "Archivo: la línea 1 no está en UTF-8" in await send("\n".join([head, *rows]), "cp1252")
        assert "Archivo: la línea 2 no es CSV" in await send(f'{head}\n"{rows[0]}')
        assert "Celta – Sevilla" in await send("\n".join([head, *rows]))
        assert "Publicados: 2." in (await olga.press("Sí, publicarlos"))["text"]
        await stage.http.post("/clock/advance", json={"hours": 4})
        await olga.open()
        await olga.press("Pronósticos")
        await olga.press("Con resultado")
        await olga.press("Resultados desde un archivo")
        listed = await send("clave;resultado\nBetis;ganado\nCelta;perdido")
        assert "Resultados nuevos: 2. Ya estaban: 0.\n✅ Betis – Sevilla\n❌ Celta – Sevilla" in listed
        assert "Resultados puestos: 2." in (await olga.press("Sí, ponerlos"))["text"]
        await ana.send("/historial")
        assert "2 con resultado" in (await ana.said("Historial"))["text"]
        [curve] = [item for item in await ana.messages() if item["kind"] == "photo"]
        assert "Retabet: beneficio acumulado, de 2 pronósticos" in curve["text"]
