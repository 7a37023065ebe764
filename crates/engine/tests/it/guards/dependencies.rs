//! FastAPI dependencies, wherever they are given.

use super::expect;

const DEPS: &str = "
#- app/deps.py
from typing import Annotated
import jwt
from fastapi import Depends, Header, HTTPException, Request, Security
from fastapi.security import OAuth2PasswordBearer, HTTPBearer, APIKeyHeader
oauth2 = OAuth2PasswordBearer(tokenUrl='login')
soft = OAuth2PasswordBearer(tokenUrl='login', auto_error=False)

class AuthenticationError(Exception):
    pass

def current_user(token: str = Depends(oauth2)):
    try:
        payload = jwt.decode(token, KEY, algorithms=['HS256'])
    except jwt.PyJWTError as error:
        raise HTTPException(status_code=401) from error
    return payload

async def own_error(request: Request):
    header = request.headers.get('Authorization')
    if not header:
        raise AuthenticationError('no header')
    return header

def prebuilt(token: Annotated[str, Depends(oauth2)]):
    credentials_exception = HTTPException(status_code=401, detail='x')
    try:
        name = jwt.decode(token, KEY, algorithms=['HS256']).get('sub')
        if name is None:
            raise credentials_exception
    except jwt.InvalidTokenError:
        raise credentials_exception
    return name

def soft_but_strict(token: str | None = Depends(soft)):
    if token is None:
        raise HTTPException(401)
    return token

def optional_user(token: str | None = Depends(soft)):
    if not token:
        return None
    try:
        return current_user(token)
    except HTTPException:
        return None

def swallowed(request: Request):
    try:
        return current_user(request.headers['Authorization'])
    except Exception:
        return None

def is_logged_in(token: str | None = Depends(soft)) -> bool:
    return bool(token and decode(token))

def api_key(x_api_key: str = Header(None)):
    if x_api_key != KEY:
        raise HTTPException(status_code=403, detail='bad key')

def require_role(role: str):
    def check(user=Depends(current_user)):
        if user.role != role:
            raise HTTPException(403)
        return user
    return check

def base(allow_anonymous: bool):
    chosen = optional_user if allow_anonymous else current_user
    def check(user=Depends(chosen)):
        return user
    return check

class Checker:
    def __init__(self, role):
        self.role = role
    def __call__(self, user=Depends(current_user)):
        return user

class Verifier:
    def __init__(self, key):
        self.key = key
    def __call__(self, request: Request):
        if request.headers.get('X-Key') != self.key:
            raise HTTPException(401)

class Deep(Verifier):
    pass

verifier = Deep('k')

class Owner:
    def __init__(self, request: Request):
        user = current_user(request.headers.get('Authorization'))
        if not user:
            raise HTTPException(403)

class Permission:
    async def has_permission(self, request) -> bool: ...

class IsAdmin(Permission):
    async def has_permission(self, request):
        return bool(request.user and request.user.is_admin)

class AllowAll(Permission):
    async def has_permission(self, request):
        return True

class PermissionDependency:
    def __init__(self, permissions):
        self.permissions = permissions
    async def __call__(self, request: Request):
        for permission in self.permissions:
            if not await permission().has_permission(request=request):
                raise HTTPException(403)

def any_of(*permissions):
    async def check(request: Request):
        for permission in permissions:
            permission(request=request)
    return check

class Base:
    def __init__(self, request: Request):
        user = current_user(request.headers.get('Authorization'))
        if not user:
            raise HTTPException(401)

class Organizer(Base):
    pass

def page(limit: int = 20, user=Depends(current_user)):
    return limit

def get_db():
    with Session() as session:
        yield session

CurrentUser = Annotated[dict, Depends(current_user)]
Admin = Annotated[CurrentUser, Depends(require_role('admin'))]
SessionDep = Annotated[object, Depends(get_db)]
key_scheme = APIKeyHeader(name='X-Key')
";

fn fastapi(text: &str) {
    expect(&format!(
        "
from typing import Annotated
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Security
from app import deps
from app.deps import *
app = FastAPI()
{text}{DEPS}"
    ));
}

#[test]
fn signatures_of_handlers() {
    fastapi(
        "
@app.post('/a')  # is: guarded
def a(user=Depends(current_user)): pass

@app.post('/b')  # is: guarded
def b(user: CurrentUser): pass

@app.post('/c')  # is: guarded
def c(user: deps.Admin): pass

@app.post('/d')  # is: guarded
def d(user=Security(current_user, scopes=['x'])): pass

@app.post('/e')  # is: unguarded
def e(session: SessionDep): pass

@app.post('/f')  # is: guarded
def f(user=Depends(own_error)): pass

@app.post('/g')  # is: guarded
def g(user=Depends(prebuilt)): pass

@app.post('/h')  # is: guarded
def h(user=Depends(soft_but_strict)): pass

@app.post('/i')  # is: unguarded
def i(user=Depends(optional_user)): pass

@app.post('/j')  # is: unguarded
def j(user=Depends(swallowed)): pass

@app.post('/k')  # is: unguarded
def k(user=Depends(is_logged_in)): pass

@app.post('/l')  # is: guarded
def l(page=Depends(page)): pass

@app.post('/m')  # is: guarded
def m(user=Depends(optional_user)):
    if user is None:
        raise HTTPException(status_code=401)

@app.post('/n')  # is: guarded
def n(*, owner: Annotated[Owner, Depends()]): pass

@app.post('/o')  # is: guarded
def o(key=Depends(deps.api_key)): pass

@app.post('/p')  # is: unguarded
def p(token: str = Depends(oauth2)): pass
",
    );
}

#[test]
fn factories_instances_and_lists() {
    fastapi(
        "
@app.post('/a', dependencies=[Depends(require_role('admin'))])  # is: guarded
def a(): pass

@app.post('/b', dependencies=[Depends(Checker('x'))])  # is: guarded
def b(): pass

@app.post('/c', dependencies=[Depends(verifier)])  # is: guarded
def c(): pass

@app.post('/d', dependencies=[Depends(PermissionDependency([IsAdmin]))])  # is: guarded
def d(): pass

@app.post('/e', dependencies=[Depends(PermissionDependency([AllowAll]))])  # is: unguarded
def e(): pass

@app.post('/f', dependencies=[Depends(any_of(Organizer))])  # is: guarded
def f(): pass

@app.post('/g', dependencies=[Depends(base(False))])  # is: conditional
def g(): pass

COMMON = [Depends(current_user)]

@app.post('/h', dependencies=[Depends(get_db)] + COMMON)  # is: guarded
def h(): pass

@app.post('/i', dependencies=COMMON if STRICT else [])  # is: conditional
def i(): pass

@app.post('/j', dependencies=elsewhere())  # is: unknown
def j(): pass
",
    );
}

#[test]
fn routers_registrations_and_apps() {
    expect(&format!(
        "
from fastapi import APIRouter, Depends, FastAPI
from app.deps import current_user, get_db, AuthRouter
guarded = APIRouter(dependencies=[Depends(current_user)])
plain = APIRouter(dependencies=[Depends(get_db)])
included = APIRouter()
inner = APIRouter()
derived = AuthRouter()
app = FastAPI()

@guarded.post('/a')  # is: guarded
def a(): pass

@plain.post('/b')  # is: unguarded
def b(): pass

@included.post('/c')  # is: guarded
def c(): pass

@inner.post('/d')  # is: guarded
def d(): pass

@derived.post('/e')  # is: guarded
def e(): pass

included.include_router(inner)
for router in (guarded, plain):
    app.include_router(router)
app.include_router(included, dependencies=[Depends(current_user)])
app.include_router(derived)
strict = FastAPI(dependencies=[Depends(current_user)])

@strict.post('/f')  # is: guarded
def f(): pass

below = FastAPI()

@below.post('/g')  # is: unguarded
def g(): pass

strict.mount('/below', below)
{DEPS}
class AuthRouter(APIRouter):
    def __init__(self, **kwargs):
        super().__init__(dependencies=[Depends(current_user)], **kwargs)
from fastapi import APIRouter
"
    ));
}

#[test]
fn an_allow_list_of_the_app() {
    expect(
        "
from fastapi import Depends, FastAPI, HTTPException, Request
OPEN = {'/version', '/rows/export'}

def require_admin_by_default():
    async def check(request: Request):
        if request.url.path in OPEN:
            return
        if request.url.path.startswith('/media/'):
            return
        if request.headers.get('remote-role') == 'admin':
            return
        raise HTTPException(status_code=403)
    return check

def allow_public():
    async def nothing(request: Request):
        return
    return nothing

app = FastAPI(dependencies=[Depends(require_admin_by_default())])

@app.post('/rows')  # is: guarded
def a(): pass

@app.post('/rows/export')  # is: unguarded
def b(): pass

@app.post('/media/{name}')  # is: unguarded
def c(): pass

@app.post('/media/{name}/tag', dependencies=[Depends(allow_public())])  # is: public
def d(): pass
",
    );
}

#[test]
fn parameters_of_router_factories() {
    expect(
        "
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request

class JWTAuthenticator:
    def __init__(self, signer):
        self.signer = signer
    def __call__(self, request: Request):
        token = request.headers.get('authorization')
        if token is None:
            raise HTTPException(401)
        return self.signer.verify(token)

def init_router(authenticator: JWTAuthenticator):
    router = APIRouter()

    @router.post('/a', dependencies=[Depends(authenticator)])  # is: guarded
    def a(): pass

    @router.post('/b')  # is: unguarded
    def b(): pass

    return router

app = FastAPI()
auth = JWTAuthenticator(signer())
app.include_router(init_router(auth))
",
    );
}

#[test]
fn controllers() {
    expect(
        "
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi_utils.cbv import cbv

def current(request: Request):
    if not request.session.get('user'):
        raise HTTPException(401)

class Base:
    user: dict = Depends(current)

class Public:
    pass

router = APIRouter()

@cbv(router)
class Rows(Base):
    @router.post('/a')  # is: guarded
    def a(self): pass

@cbv(router)
class Open(Public):
    @router.post('/b')  # is: unguarded
    def b(self): pass

app = FastAPI()
app.include_router(router)
",
    );
}

#[test]
fn functions_that_make_dependencies() {
    expect(
        "
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from app.guards import Allowed, logged, signed_in

router = APIRouter(dependencies=[signed_in()])

@router.post('/a')  # is: guarded
def a(): pass

open_router = APIRouter(dependencies=[logged()])

@open_router.post('/b', dependencies=[Allowed('rows')])  # is: guarded
def b(): pass

@open_router.post('/c')  # is: unguarded
def c(): pass

@open_router.post('/d')  # is: guarded
def d(user=signed_in()): pass

app = FastAPI()
app.include_router(router)
app.include_router(open_router)
#- app/guards.py
from fastapi import Depends, HTTPException, Request

class Check:
    def __init__(self, name=None):
        self.name = name

    def __call__(self, request: Request):
        if not request.session.get('user'):
            raise HTTPException(401)

def log(request: Request):
    print(request.url)

def signed_in():
    return Depends(Check())

def Allowed(name):
    return Depends(Check(name))

def logged():
    return Depends(log)
",
    );
}

#[test]
fn modules_of_the_same_name() {
    expect(
        "
#- api/main.py
from fastapi import FastAPI
from routers import auth, rows
app = FastAPI()
app.include_router(auth.router)
app.include_router(rows.router)
#- api/auth.py
from fastapi import HTTPException, Request

def current_user(request: Request):
    if not request.session.get('user'):
        raise HTTPException(401)
#- api/routers/auth.py
from fastapi import APIRouter, Depends
from auth import current_user
router = APIRouter()

@router.post('/me')  # is: guarded
def me(user=Depends(current_user)): pass
#- api/routers/rows.py
from fastapi import APIRouter, Depends
from auth import current_user
router = APIRouter()

@router.post('/rows')  # is: guarded
def add(user=Depends(current_user)): pass
",
    );
}
