//! Routes that are open on purpose, and those whose paths only sound like it.

use super::expect;

#[test]
fn words_and_what_routes_do_with_them() {
    expect(
        "
from fastapi import FastAPI, HTTPException, Request, WebSocket
app = FastAPI()

@app.post('/api/send-otp')  # is: public
def send_otp(email: str): pass

@app.post('/demo-request')  # is: public
def ask(email: str): pass

@app.post('/feedback')  # is: public
def write_feedback(text: str): pass

@app.post('/faq-inquiries')  # is: public
def ask_about(text: str): pass

@app.post('/orders/guest-checkout')  # is: public
def order_once(item: int): pass

@app.post('/orders/guestbook')  # is: unguarded
def write_guestbook(text: str): pass

@app.delete('/feedback/{feedback_id}')  # is: unguarded
def remove_feedback(feedback_id: int): pass

@app.post('/team/feedback')  # is: guarded
def team_feedback(request: Request):
    if not request.session.get('user'):
        raise HTTPException(401)

@app.get('/notes/shared')  # is: public
def shared(): pass

@app.post('/notes/{note_id}/share')  # is: unguarded
def share(note_id: int): pass

@app.post('/assets')  # is: unguarded
def add_asset(name: str): pass

@app.post('/')  # is: unguarded
def add(name: str): pass

@app.get('/')  # is: public
def start(): pass

@app.post('/oauth/token')  # is: public
def token(code: str): pass

@app.delete('/oauth/clients/{client_id}')  # is: unguarded
def remove_client(client_id: int): pass

@app.get('/shared/{share_token}')  # is: public
def show(share_token: str): pass

@app.delete('/personal-tokens/{token_id}')  # is: unguarded
def remove_token(token_id: int): pass

@app.websocket('/login/sessions')  # is: guarded
async def session(socket: WebSocket, token: str):
    if not verify_token(token):
        await socket.close(code=1008)
        return
    await socket.accept()
",
    );
}

/// An application with a way to log in, a guarded route, and what makes accounts.
fn with_accounts(making: &str) -> String {
    format!(
        "
from fastapi import Depends, FastAPI, HTTPException, Request

app = FastAPI()

def known(request: Request):
    user = find_by_token(request.headers.get('Authorization'))
    if user is None:
        raise HTTPException(401)
    return user

@app.post('/login')  # is: public
def login(name: str, password: str): pass

@app.get('/users', dependencies=[Depends(known)])  # is: guarded
def users(): pass
{making}"
    )
}

#[test]
fn what_alone_makes_accounts_is_for_signing_up() {
    expect(&with_accounts(
        "
@app.post('/users')  # is: public
def create(name: str, password: str):
    db.add(User(name=name, hash=digest(password)))
",
    ));
    expect(&with_accounts(
        "
def save(account):
    db.add(Account(name=account.name, hash=digest(account.password)))

@app.post('/accounts/create')  # is: public
def create(account: AccountIn):
    save(account)
",
    ));
}

#[test]
fn what_makes_accounts_beside_a_way_to_sign_up_or_with_a_role_is_not() {
    expect(&with_accounts(
        "
@app.post('/register')  # is: public
def register(name: str, password: str): pass

@app.post('/users')  # is: unguarded
def create(name: str, password: str):
    db.add(User(name=name, hash=digest(password)))
",
    ));
    expect(&with_accounts(
        "
@app.post('/users')  # is: unguarded
def create(name: str, password: str, role: str):
    db.add(User(name=name, hash=digest(password), role=role))
",
    ));
    expect(&with_accounts(
        "
@app.post('/admin/users')  # is: unguarded
def create(name: str, password: str):
    db.add(User(name=name, hash=digest(password)))
",
    ));
    expect(&with_accounts(
        "
@app.post('/users')  # is: unguarded
def create(name: str):
    db.add(User(name=name))
",
    ));
}
