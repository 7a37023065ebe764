//! What callables must do to be guards: conditions that configuration decides, and checks that check nothing.

use super::expect;

#[test]
fn configuration_switches_off() {
    expect(
        "
from functools import wraps
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from app.config import settings
app = FastAPI()

def disabled_in_settings(request: Request):
    if not settings.AUTH_ENABLED:
        return None
    if not request.headers.get('Authorization'):
        raise HTTPException(401)

def open_without_key(x_api_key: str = Header(None)):
    if settings.API_KEY and x_api_key != settings.API_KEY:
        raise HTTPException(403)

def required_when_enabled(request: Request):
    if settings.AUTH_ENABLED:
        if not request.headers.get('Authorization'):
            raise HTTPException(401)

@app.post('/a')  # is: conditional
def a(x=Depends(disabled_in_settings)): pass

@app.post('/b')  # is: conditional
def b(x=Depends(open_without_key)): pass

@app.post('/c')  # is: conditional
def c(x=Depends(required_when_enabled)): pass
",
    );
}

#[test]
fn stubs_do_not_guard() {
    expect(
        "
import jwt
from fastapi import Depends, FastAPI, HTTPException, Request
app = FastAPI()

def verify_token(request: Request):
    token = request.headers.get('Authorization')
    return True

def always(request: Request):
    if not check(request):
        raise HTTPException(401)

def check(request):
    token = request.headers.get('Authorization')
    return True

@app.post('/a')  # is: unguarded
def a(x=Depends(verify_token)): pass

@app.post('/b')  # is: unguarded
def b(x=Depends(always)): pass
",
    );
}
