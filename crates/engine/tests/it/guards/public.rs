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
