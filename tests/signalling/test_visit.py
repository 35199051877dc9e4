from tests.web.served import Town, visit


async def test_x(town: Town):
    v = await visit(town)
    print(v.citizen.state)


async def test_y(town: Town):
    b = town.browser()
    await b.get("/")
    print(b.page.forms, b.page.words[:200])
    await b.submit(service="ausweis")
    print(b.url, b.page.forms)
