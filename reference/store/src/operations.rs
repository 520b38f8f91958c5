//! The operations of the embedded store: each is a function of home, run by the writer or by a reader.

use core::future::Future;

use pinnace_home::{
    self as home, AccountId, AckDone, AckRequest, ClaimDone, ClaimRequest, CodeDone, CodeRequest,
    CommitRequest, ConfirmDone, ConfirmRequest, ConversationId, DeviceEntry, DeviceId, DeviceRecord,
    EnrolDone, EnrolRequest, HelloDone, HelloRequest, KeysDone, KeysRequest, LinkApproveDone,
    LinkApproveRequest, LinkOpenDone, LinkOpenRequest, ListDone, ListRequest, MethodDone, MethodRequest,
    NackDone, NackRequest, Page, PostRequest, ReadRequest, RegisterDone, RegisterRequest, RetractRequest,
    SendDone, SendRequest, VoidRequest,
};

use crate::{Embedded, Store, StoreError};

impl Store for Embedded {
    fn hello(&self, request: HelloRequest) -> impl Future<Output = Result<HelloDone, StoreError>> + Send {
        self.write(move |view, scene| home::hello(view, scene.rules, scene.now_ms, &request))
    }

    fn confirm(
        &self,
        mut request: ConfirmRequest,
    ) -> impl Future<Output = Result<ConfirmDone, StoreError>> + Send {
        self.write(move |view, scene| home::confirm(view, scene.now_ms, &mut request))
    }

    fn send(&self, request: SendRequest) -> impl Future<Output = Result<SendDone, StoreError>> + Send {
        self.write(move |view, scene| home::send(view, scene.rules, scene.now_ms, &request))
    }

    fn void(&self, request: VoidRequest) -> impl Future<Output = Result<SendDone, StoreError>> + Send {
        self.write(move |view, scene| home::void(view, scene.rules, request))
    }

    fn ack(&self, mut request: AckRequest) -> impl Future<Output = Result<AckDone, StoreError>> + Send {
        self.write_later(move |view, scene| home::ack(view, scene.now_ms, &mut request))
    }

    fn nack(&self, request: NackRequest) -> impl Future<Output = Result<NackDone, StoreError>> + Send {
        self.write(move |view, scene| home::nack(view, scene.now_ms, request))
    }

    fn read(&self, request: ReadRequest) -> impl Future<Output = Result<Page, StoreError>> + Send {
        let clock = self.clock().clone();
        self.look(move |rows| home::read(rows, clock.now_ms(), &request))
    }

    fn devices(&self, device: DeviceId) -> impl Future<Output = Result<Vec<DeviceEntry>, StoreError>> + Send {
        self.look(move |rows| home::devices(rows, device))
    }

    fn device(
        &self,
        static_key: [u8; 32],
    ) -> impl Future<Output = Result<Option<DeviceRecord>, StoreError>> + Send {
        self.look(move |rows| home::device(rows, &static_key))
    }

    fn register(
        &self,
        request: RegisterRequest,
    ) -> impl Future<Output = Result<RegisterDone, StoreError>> + Send {
        self.write(move |view, scene| home::register(view, scene.rules, scene.now_ms, &request))
    }

    fn method(&self, request: MethodRequest) -> impl Future<Output = Result<MethodDone, StoreError>> + Send {
        self.write(move |view, scene| home::method(view, scene.rules, scene.now_ms, &request))
    }

    fn retract(&self, request: RetractRequest) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.write(move |view, scene| home::retract(view, scene.now_ms, request))
    }

    fn code(&self, request: CodeRequest) -> impl Future<Output = Result<CodeDone, StoreError>> + Send {
        self.write(move |view, scene| home::code(view, scene.rules, scene.now_ms, &request))
    }

    fn enrol(&self, request: EnrolRequest) -> impl Future<Output = Result<EnrolDone, StoreError>> + Send {
        self.write(move |view, scene| home::enrol(view, scene.rules, scene.now_ms, &request))
    }

    fn list_publish(
        &self,
        request: ListRequest,
    ) -> impl Future<Output = Result<ListDone, StoreError>> + Send {
        self.write(move |view, scene| home::list_publish(view, scene.rules, &request))
    }

    fn list_query(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send {
        self.look(move |rows| home::list_query(rows, account))
    }

    fn link_open(
        &self,
        request: LinkOpenRequest,
    ) -> impl Future<Output = Result<LinkOpenDone, StoreError>> + Send {
        self.write(move |view, scene| home::link_open(view, scene.rules, scene.now_ms, request))
    }

    fn link_approve(
        &self,
        request: LinkApproveRequest,
    ) -> impl Future<Output = Result<LinkApproveDone, StoreError>> + Send {
        self.write(move |view, scene| home::link_approve(view, scene.rules, scene.now_ms, &request))
    }

    fn keys_publish(
        &self,
        request: KeysRequest,
    ) -> impl Future<Output = Result<KeysDone, StoreError>> + Send {
        self.write(move |view, scene| home::keys_publish(view, scene.rules, scene.now_ms, &request))
    }

    fn claim(&self, request: ClaimRequest) -> impl Future<Output = Result<ClaimDone, StoreError>> + Send {
        self.write(move |view, scene| home::claim(view, scene.rules, scene.now_ms, request))
    }

    fn post(&self, request: PostRequest) -> impl Future<Output = Result<SendDone, StoreError>> + Send {
        self.write(move |view, scene| home::post(view, scene.rules, scene.now_ms, &request))
    }

    fn commit(&self, request: CommitRequest) -> impl Future<Output = Result<SendDone, StoreError>> + Send {
        self.write(move |view, scene| home::commit(view, scene.rules, scene.now_ms, &request))
    }

    fn roster(
        &self,
        conversation: ConversationId,
        sender: DeviceId,
    ) -> impl Future<Output = Result<Vec<DeviceId>, StoreError>> + Send {
        self.look(move |rows| home::roster(rows, conversation, sender))
    }
}
