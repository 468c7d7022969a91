"""Greeks: finite differences, identities, limits."""

import numpy as np
import pytest

from core.pricing.greeks import full_greeks, greeks
from tests.core.pricing.on_spot import black_scholes, black_scholes_greeks
from tests.core.pricing.reference import black76

STRIKES = np.array([22000.0, 23800.0, 24250.0, 24600.0, 26000.0])
F, T, VOL, R = 24250.0, 9 / 365, 0.14, 0.065
D = float(np.exp(-R * T))
FIRST = ("delta", "gamma", "theta", "vega", "rho")
SECOND = ("vanna", "charm", "volga", "speed", "colour")


@pytest.mark.parametrize("call", [True, False])
def test_they_are_the_slopes_of_the_price(call: bool):
    def v(f=F, t=T, vol=VOL, r=R):
        return np.array(
            [float(black76(f, k, t, vol, float(np.exp(-r * t)), call)) for k in STRIKES]
        )

    g = greeks(F, STRIKES, T, VOL, D, call)
    h = 0.5
    assert g.delta == pytest.approx((v(f=F + h) - v(f=F - h)) / (2 * h), abs=1e-7)
    assert g.gamma == pytest.approx((v(f=F + h) - 2 * v() + v(f=F - h)) / h**2, abs=1e-9)
    dt, dv, dr = 1e-6, 1e-5, 1e-5
    assert g.theta == pytest.approx((v(t=T - dt) - v(t=T + dt)) / (2 * dt) / 365, rel=1e-5)
    assert g.vega == pytest.approx((v(vol=VOL + dv) - v(vol=VOL - dv)) / (2 * dv) / 100, rel=1e-5)
    assert g.rho == pytest.approx((v(r=R + dr) - v(r=R - dr)) / (2 * dr) / 100, rel=1e-5)


@pytest.mark.parametrize("call", [True, False])
def test_on_the_spot_they_are_the_slopes_of_black_scholes(call: bool):
    def v(s=F, t=T, vol=VOL, r=R):
        return black_scholes(s, STRIKES, t, vol, r, call)

    g = black_scholes_greeks(F, STRIKES, T, VOL, R, call)
    h, dt, dr = 0.5, 1e-6, 1e-4
    assert g.delta == pytest.approx((v(s=F + h) - v(s=F - h)) / (2 * h), abs=1e-6)
    assert g.gamma == pytest.approx((v(s=F + h) - 2 * v() + v(s=F - h)) / h**2, abs=1e-8)
    assert g.theta == pytest.approx((v(t=T - dt) - v(t=T + dt)) / (2 * dt) / 365, rel=1e-4)
    assert g.rho == pytest.approx((v(r=R + dr) - v(r=R - dr)) / (2 * dr) / 100, rel=1e-4)


def test_without_interest_spot_and_forward_greeks_are_the_same():
    a = greeks(F, STRIKES, T, VOL, 1.0, True)
    b = black_scholes_greeks(F, STRIKES, T, VOL, 0.0, True)
    for name in ("delta", "gamma", "theta", "vega", "rho"):
        if name != "rho":  # the forward itself moves with the rate
            assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-14)


def test_parity_of_the_greeks():
    call, put = greeks(F, STRIKES, T, VOL, D, True), greeks(F, STRIKES, T, VOL, D, False)
    assert call.delta - put.delta == pytest.approx(np.full(5, D))
    assert call.gamma == pytest.approx(put.gamma)
    assert call.vega == pytest.approx(put.vega)


def test_at_expiry_delta_is_the_step_and_the_rest_is_nothing():
    g = greeks([99.0, 100.0, 101.0], 100.0, 0.0, 0.2, 1.0, True)
    assert g.delta == pytest.approx([0.0, 0.5, 1.0])
    for a in (g.gamma, g.theta, g.vega, g.rho):
        assert np.abs(a).tolist() == [0.0, 0.0, 0.0]
    unknown = greeks(100.0, 100.0, 0.1, np.nan, 1.0, True)
    assert np.isnan([unknown.delta, unknown.gamma, unknown.theta, unknown.vega, unknown.rho]).all()


@pytest.mark.parametrize("call", [True, False])
def test_the_second_order_is_the_slopes_of_the_first(call: bool):
    def first(f=F, t=T, vol=VOL):
        return greeks(f, STRIKES, t, vol, np.exp(-R * t), call)

    g = full_greeks(F, STRIKES, T, VOL, D, call)
    df, dt, dv = 1.0, T * 1e-4, 1e-5
    up, down = first(f=F + df), first(f=F - df)
    assert g.speed == pytest.approx((up.gamma - down.gamma) / (2 * df), rel=1e-4, abs=1e-12)
    up, down = first(vol=VOL + dv), first(vol=VOL - dv)
    assert g.vanna == pytest.approx((up.delta - down.delta) / (200 * dv), rel=1e-6, abs=1e-9)
    assert g.volga == pytest.approx((up.vega - down.vega) / (200 * dv), rel=1e-6, abs=1e-8)
    later, sooner = first(t=T - dt), first(t=T + dt)
    assert g.charm == pytest.approx(
        (later.delta - sooner.delta) / (2 * dt * 365), rel=1e-6, abs=1e-9
    )
    assert g.colour == pytest.approx(
        (later.gamma - sooner.gamma) / (2 * dt * 365), rel=1e-6, abs=1e-12
    )


@pytest.mark.parametrize("call", [True, False])
def test_the_second_order_on_the_spot_is_the_slopes_of_the_first(call: bool):
    def first(s=F, t=T, vol=VOL):
        return black_scholes_greeks(s, STRIKES, t, vol, 0.1, call)

    g = black_scholes_greeks(F, STRIKES, T, VOL, 0.1, call)
    ds, dt, dv = 1.0, T * 1e-4, 1e-5
    up, down = first(s=F + ds), first(s=F - ds)
    assert g.speed == pytest.approx((up.gamma - down.gamma) / (2 * ds), rel=1e-4, abs=1e-12)
    up, down = first(vol=VOL + dv), first(vol=VOL - dv)
    assert g.vanna == pytest.approx((up.delta - down.delta) / (200 * dv), rel=1e-6, abs=1e-9)
    later, sooner = first(t=T - dt), first(t=T + dt)
    assert g.charm == pytest.approx(
        (later.delta - sooner.delta) / (2 * dt * 365), rel=1e-6, abs=1e-9
    )
    assert g.colour == pytest.approx(
        (later.gamma - sooner.gamma) / (2 * dt * 365), rel=1e-6, abs=1e-12
    )
    for name in FIRST:
        assert np.array_equal(getattr(g, name), getattr(first(), name)), name


def test_a_contract_alone_gives_what_it_gives_in_a_chain():
    chain = full_greeks(F, STRIKES, T, VOL, D, True)
    for i, strike in enumerate(STRIKES):
        alone = full_greeks(F, strike, T, VOL, D, True)
        for name in FIRST + SECOND:
            assert getattr(alone, name).shape == ()
            assert getattr(alone, name) == pytest.approx(getattr(chain, name)[i], rel=1e-14)


@pytest.mark.parametrize(("years", "vol"), [(0.0, 0.2), (0.1, 0.0), (0.0, 0.0)])
def test_the_second_order_of_a_contract_without_time_or_volatility_is_nothing(years, vol):
    g = full_greeks([99.0, 100.0, 101.0], 100.0, years, vol, np.exp(-R * years), [[True], [False]])
    for name in ("vanna", "volga", "speed", "colour"):
        assert np.array_equal(getattr(g, name), np.zeros((2, 3))), name
    # interest alone still moves delta, which is discounted
    assert g.charm * 365 == pytest.approx((R if years else 0.0) * g.delta)


def test_the_second_order_tends_to_its_limits_without_a_gap():
    for years, vol in ((1e-9, 0.2), (0.1, 1e-6)):
        g = full_greeks([99.0, 101.0], 100.0, years, vol, 1.0, True)
        for name in SECOND:
            assert np.abs(getattr(g, name)) == pytest.approx([0.0, 0.0], abs=1e-300), name


def test_unknown_in_is_unknown_out_in_the_second_order_too():
    g = full_greeks([100.0, 100.0], 100.0, 0.1, [np.nan, 0.2], 1.0, True)
    for name in FIRST + SECOND:
        assert np.isnan(getattr(g, name)).tolist() == [True, False], name
